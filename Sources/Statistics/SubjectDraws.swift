import Evaluation
import Random
import Requirements

/// Bootstrap draws of subjects: each draw takes, in each dataset, as many subjects as it has, with
/// replacement.
///
/// Clips of one person resemble one another, so persons are drawn and not clips; and a score over several
/// datasets is one of just these datasets, so each keeps its share.
public struct SubjectDraws: Sendable {
  /// Sorted by dataset and name, so that draws do not depend on the order of folds.
  public let subjects: [Subject]
  /// The places of each dataset's among the subjects, in the order of the datasets' names.
  public let datasets: [(name: String, places: Range<Int>)]
  /// Draws.
  public let count: Int
  /// How often each subject stands in each draw, [draws][subjects].
  private let times: [Int32]

  /// Draws that a report makes.
  public static let standardCount = 2000
  /// Their seed. It has nothing to do with a run's seeds.
  public static let standardSeed: UInt64 = 1

  /// - Parameters:
  ///   - subjects: At least one.
  ///   - count: Draws, at least one.
  ///   - seed: Draw `d` is made of the first words of the stream (seed, step d) for this purpose, one
  ///     for each subject that it takes.
  public init(
    _ subjects: some Sequence<Subject>, count: Int = standardCount, seed: UInt64 = standardSeed
  ) {
    let sorted = Set(subjects).sorted()
    let datasets = Self.datasets(sorted)
    self.init(
      sorted,
      places: (0..<count).map { draw in
        let words = CounterGenerator(seed: seed, epoch: draw, purpose: .bootstrap)
        return datasets.flatMap { dataset in
          dataset.places.map {
            dataset.places.lowerBound + words.integer($0, below: dataset.places.count)
          }
        }
      })
  }

  /// Draws that are given.
  ///
  /// - Parameter places: Of each draw, the places of its subjects among all, which are sorted.
  package init(_ subjects: some Sequence<Subject>, places: [[Int]]) {
    self.subjects = Set(subjects).sorted()
    require(!self.subjects.isEmpty && !places.isEmpty, "draws of no subjects, or none")
    datasets = Self.datasets(self.subjects)
    count = places.count
    var times = Array(repeating: Int32(0), count: count * self.subjects.count)
    for (draw, places) in places.enumerated() {
      for place in places { times[draw * self.subjects.count + place] += 1 }
    }
    self.times = times
  }

  private static func datasets(_ sorted: [Subject]) -> [(name: String, places: Range<Int>)] {
    var datasets: [(name: String, places: Range<Int>)] = []
    for (place, subject) in sorted.enumerated() {
      if datasets.last?.name == subject.dataset {
        datasets[datasets.count - 1].places =
          datasets[datasets.count - 1].places.lowerBound..<place + 1
      } else {
        datasets.append((subject.dataset, place..<place + 1))
      }
    }
    return datasets
  }

  /// The interval of a mean over clips; nil: a dataset has one subject alone.
  ///
  /// - Parameter sums: Of each subject its clips' sum and number; of exactly these subjects.
  public func mean(_ sums: [Subject: (sum: Double, clips: Int)]) -> Interval? {
    guard datasets.allSatisfy({ $0.places.count > 1 }) else { return nil }
    let known = subjects.compactMap { sums[$0] }
    require(known.count == subjects.count, "sums of other subjects than those that are drawn")
    let means = (0..<count).map { draw -> Double in
      var (sum, clips) = (0.0, 0.0)
      for (place, own) in known.enumerated() {
        let weight = Double(times[draw * subjects.count + place])
        sum += weight * own.sum
        clips += weight * Double(own.clips)
      }
      return sum / max(clips, 1)
    }
    return Interval(of: means)
  }

  /// UF1 and UAR of the pooled clips of each draw, of all datasets and of each.
  ///
  /// A class that a draw has not got is treated as in `Scores`: absent from truth and predictions it is
  /// left out of UF1, predicted alone it counts 0; UAR is over the classes in the truth.
  ///
  /// - Parameter counts: Of exactly these subjects.
  public func scores(_ counts: SubjectCounts) -> DrawnScores {
    require(
      counts.matrices.count == subjects.count,
      "counts of \(counts.matrices.count) subjects for "
        + "draws of \(subjects.count)")
    let cells = counts.classes * counts.classes
    let flat = subjects.flatMap { subject -> [Int32] in
      guard let matrix = counts.matrices[subject] else {
        require(false, "no counts of \(subject.dataset)/\(subject.name)")
        return []
      }
      return matrix.counts.joined().map(Int32.init)
    }
    var parts = [ScoreDraws](repeating: ScoreDraws(count: count), count: datasets.count)
    var all = ScoreDraws(count: count)
    flat.withUnsafeBufferPointer { flat in
      times.withUnsafeBufferPointer { times in
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: 2 * cells) { sums in
          let part = UnsafeMutableBufferPointer(rebasing: sums[..<cells])
          let whole = UnsafeMutableBufferPointer(rebasing: sums[cells...])
          for draw in 0..<count {
            whole.update(repeating: 0)
            for (index, dataset) in datasets.enumerated() {
              part.update(repeating: 0)
              for subject in dataset.places {
                let weight = times[draw * subjects.count + subject]
                guard weight > 0 else { continue }
                for cell in 0..<cells { part[cell] += weight * flat[subject * cells + cell] }
              }
              for cell in 0..<cells { whole[cell] += part[cell] }
              parts[index].append(
                Scores.means(UnsafeBufferPointer(part), classes: counts.classes))
            }
            all.append(Scores.means(UnsafeBufferPointer(whole), classes: counts.classes))
          }
        }
      }
    }
    return DrawnScores(
      full: all.known(datasets.allSatisfy { $0.places.count > 1 }),
      datasets: Dictionary(
        uniqueKeysWithValues: zip(datasets, parts).map {
          ($0.name, $1.known($0.places.count > 1))
        }))
  }
}
