import Evaluation
import RunStore
import Statistics
import Wording

/// What speaks for a run's scores, and what makes them doubtful.
extension Report {
  var completeness: Verdict.Point {
    Verdict.Point(isGood: isComplete && subsetNote == nil, text: headline)
  }

  var honesty: Verdict.Point {
    guard let honest else {
      return .init(
        isGood: false,
        text:
          "Every protocol here has looked at test labels: none of these scores says how new people "
          + "would be recognised. Report last-epoch or nested.")
    }
    let spoken = spokenLeader != nil && chosenSettings != nil ? .nested : honest
    // What is said of them stands among the warnings.
    return .init(isGood: job.sharedImages == nil, text: spoken.note)
  }

  /// Of fewer subjects an interval is no evidence.
  static let fewSubjects = 10

  static func people(_ clips: [LedgerRecord.ClipTruth]) -> Int {
    Set(clips.map(\.person)).count
  }

  /// Why an interval says less than it seems to; nil: nothing is known against it.
  private func doubt(_ interval: Interval, _ spoken: Spoken) -> String? {
    let people = Self.people(spoken.clips)
    if interval.low == interval.high {
      return
        "Every draw of these subjects scores \(Self.short(interval.low)), so the interval has no "
        + "width and says nothing of other people."
    }
    if honest == nil {
      return
        "The epochs were chosen by these very subjects, so that score and interval are too high."
    }
    if spoken.among > 1 {
      return
        "The setting is the highest of \(spoken.among) by these very scores, so that score and interval are too "
        + "high."
    }
    if people < Self.fewSubjects {
      return "Draws of \(counted(people, "subject")) alone tell little of others."
    }
    return nil
  }

  func precision(_ spoken: Spoken) -> Verdict.Point {
    let scores = spoken.scores
    guard let interval = scores.intervals?.uf1 else {
      return .init(
        isGood: false,
        text: spoken.owner
          + "There is no interval, since a dataset has one subject alone: nobody knows how far the "
          + "score may be off.")
    }
    let width = interval.high - interval.low
    let doubt = doubt(interval, spoken)
    let words =
      spoken.owner
      + "The 95% interval of UF1 is \(Self.short(width)) wide. It says how the score varies with the "
      + "subjects that are tested, and knows nothing of how training would differ with other training "
      + "subjects."
    let seeds = scores.seeds == 1 ? "It has one seed: how far seeds scatter is not known." : nil
    return .init(
      isGood: width < 0.2 && scores.seeds > 1 && doubt == nil,
      text: [words, doubt, seeds].compactMap { $0 }.joined(separator: " "))
  }

  /// The scores of all settings that have some.
  var scored: [MeanScores] { trained.compactMap { $0.setting.full(shown) } }

  var choicePoint: Verdict.Point? {
    guard scored.count > 1 else { return nil }
    let all = scored.map(\.uf1.mean)
    // The finding says why scores of different clips are not compared.
    let compared =
      isUneven
      ? ""
      : "\(scored.count) settings were compared, from \(Self.short(all.min() ?? 0)) to "
        + "\(Self.short(all.max() ?? 0)). "
    return .init(
      isGood: false,
      text: compared + "Whoever takes the highest by these scores has chosen on the test "
        + "subjects, and its score is too high by what that gains."
        + (chosenSettings.map { " Chosen for each fold: \($0.words)." } ?? ""))
  }

  func optimismPoint(_ setting: SettingScores) -> Verdict.Point? {
    guard honest != nil,
      let whole = setting.optimism?.parts.first(where: { $0.key == "full" })?.whole,
      let best = setting.full(.bestOnTest)
    else { return nil }
    // The page speaks of more than this setting where folds chose theirs.
    let which = chosenSettings == nil ? "" : "Of \(setting.setting.name): "
    let words =
      which + "Choosing each epoch on its own test \(unit) (best-on-test) would show "
      + "\(Self.short(best.uf1.mean)): "
    let size = Self.short(abs(whole.uf1))
    guard size != Self.short(0) else {
      return .init(
        isGood: Self.people(setting.clips) >= Self.fewSubjects,
        text: words + "no more than the last epoch, to three decimals.")
    }
    let than = "than the last epoch\(Self.ends(whole.intervals?.uf1))"
    let gain =
      whole.uf1 > 0
      ? "\(size) more \(than), owed to looking at the labels."
      : "\(size) less \(than), since what is best for each fold need not be for all together."
    return .init(
      isGood: false, text: words + gain + " Do not compare such figures with the honest one.")
  }

  func guessingPoint(_ spoken: Spoken) -> Verdict.Point? {
    guard let guessing = spoken.guessing else { return nil }
    let (permuted, constant) = (guessing.permuted, guessing.constant)
    let words =
      spoken.owner + "Guessing would reach UF1 \(Self.short(permuted.uf1.expected)) and UAR "
      + "\(Self.short(permuted.uar.expected)): these predictions, dealt at random among the clips of each "
      + "dataset. A deal is as good as the model with p = \(decimals(permuted.uf1.p, 4)) in UF1 and "
      + "\(decimals(permuted.uar.p, 4)) in UAR (\(PermutationTest.standardCount) deals). Always saying the most "
      + "frequent class would reach \(Self.short(constant.uf1)) and \(Self.short(constant.uar)). "
    guard let intervals = spoken.scores.intervals else {
      return .init(
        isGood: false,
        text: words + "Without an interval nobody knows whether the scores are clearly above that.")
    }
    let doubts = guessing.doubts(intervals)
    guard doubts.isEmpty else {
      let are = doubts.count == 1 ? "is" : "are"
      return .init(
        isGood: false,
        text: words
          + "The model's \(doubts.joined(separator: " and ")) \(are) not clearly above that.")
    }
    return .init(
      isGood: doubt(intervals.uf1, spoken) == nil,
      text: words + "Both intervals lie above all that" + choiceAmongGuesses(spoken) + ".")
  }

  /// Why what stands above guesses may be one; empty: nobody has chosen it.
  private func choiceAmongGuesses(_ spoken: Spoken) -> String {
    guard spoken.among > 1 else { return "" }
    return
      ", which is no evidence: they are of the highest of \(spoken.among) settings, and the highest of as many "
      + "guesses stands above guessing too. p must be multiplied by \(spoken.among), and the intervals know nothing "
      + "of the choice. With nested among the protocols each fold chooses its setting without its test subjects"
  }

  /// Doubts that are said elsewhere too.
  var readingPoints: [Verdict.Point] {
    let start = startNote.map { Verdict.Point(isGood: startIsKnown, text: Self.line($0)) }
    return [start].compactMap { $0 }
      + (warnings + cutNotes).map { .init(isGood: false, text: Self.line($0)) }
  }
}
