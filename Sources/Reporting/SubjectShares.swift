import Evaluation
import RunStore
import Statistics

/// How many of a subject's clips are right.
struct SubjectShare: Sendable, Equatable {
  let subject: Subject
  let clips: Int
  /// One a protocol: the share of right clips, over several seeds the mean of theirs.
  let right: [Double]
}

extension Report.SettingScores {
  /// Each subject's share of right clips, of the folds that every seed has finished; by dataset and name.
  ///
  /// - Parameter protocols: How many the run has.
  func subjectShares(protocols: Int) -> [SubjectShare] {
    var clips: [Subject: Int] = [:]
    var right: [Subject: [Int]] = [:]
    for seed in shared {
      for row in seed.rows {
        let person = row.clip.person
        clips[person, default: 0] += 1
        var counts = right[person] ?? Array(repeating: 0, count: protocols)
        for (place, answer) in row.answers.enumerated() where answer.prediction == row.clip.truth {
          counts[place] += 1
        }
        right[person] = counts
      }
    }
    return clips.keys.sorted().map { person in
      let all = clips[person] ?? 0
      return SubjectShare(
        subject: person, clips: all / max(shared.count, 1),
        right: (right[person] ?? []).map { Double($0) / Double(all) })
    }
  }

  /// How much more confident a protocol's predictions are than right: the 95% interval of the mean
  /// difference, by draws of subjects; of the same folds. nil: they have too few subjects.
  ///
  /// - Parameter place: The protocol's among the run's.
  func overconfidence(protocolAt place: Int) -> Interval? {
    var sums: [Subject: (sum: Double, clips: Int)] = [:]
    for row in shared.flatMap(\.rows) {
      let answer = row.answers[place]
      let prediction = answer.prediction
      let right = prediction == row.clip.truth ? 1.0 : 0
      let old = sums[row.clip.person] ?? (sum: 0, clips: 0)
      sums[row.clip.person] = (
        sum: old.sum + answer.probabilities[prediction] - right, clips: old.clips + 1
      )
    }
    return sums.count < Report.fewSubjects ? nil : SubjectDraws(sums.keys).mean(sums)
  }

  /// How confident a protocol's predictions are, and whether rightly, over all seeds of the folds that
  /// every seed has finished; nil: there is no such fold.
  ///
  /// - Parameter place: The protocol's among the run's.
  func calibration(protocolAt place: Int) -> Calibration? {
    let rows = shared.flatMap(\.rows)
    guard !rows.isEmpty else { return nil }
    return Calibration(
      rows.lazy.map { row in
        let answer = row.answers[place]
        let prediction = answer.prediction
        return (answer.probabilities[prediction], prediction == row.clip.truth)
      })
  }
}
