import Evaluation
import RunStore
import Statistics

extension Report {
  /// The scores of some clips, and how far they may be off.
  public struct PartScores: Sendable {
    /// `full`, or a dataset's.
    public let key: String
    public let scores: Scores
    /// Of 95%, by draws of subjects; nil: a dataset of it has one subject alone.
    public let intervals: ScoreIntervals?
    /// The draws themselves, for means and differences.
    let draws: ScoreDraws
  }

  /// One protocol's scores: `full` first, then each dataset in alphabetical order.
  public struct ProtocolScores: Sendable {
    public let name: EvaluationProtocol
    public let parts: [PartScores]

    public subscript(key: String) -> PartScores? { parts.first { $0.key == key } }
  }

  /// The scores of predictions: all together, and each dataset's.
  ///
  /// - Parameter predictions: One a row.
  static func parts(
    _ clips: [LedgerRecord.ClipTruth], _ predictions: [Int], classes: Int, _ draws: DrawCache
  ) -> [PartScores] {
    guard !clips.isEmpty else { return [] }
    let keys = keys(ofDatasets: Set(clips.map(\.dataset)))
    var counts = SubjectCounts(classes: classes)
    var matrices: [String: ConfusionMatrix] = [:]
    var full = ConfusionMatrix(classes: classes)
    for (clip, prediction) in zip(clips, predictions) {
      counts.add(clip.person, truth: clip.truth, prediction: prediction)
      full.add(truth: clip.truth, prediction: prediction)
      matrices[clip.dataset, default: ConfusionMatrix(classes: classes)].add(
        truth: clip.truth, prediction: prediction)
    }
    let drawn = draws.of(counts.matrices.keys).scores(counts)
    func part(_ key: String, _ matrix: ConfusionMatrix, _ draws: ScoreDraws?) -> PartScores? {
      guard let scores = Scores(matrix), let draws else { return nil }
      return PartScores(key: key, scores: scores, intervals: draws.intervals, draws: draws)
    }
    let datasets = matrices.map { (keys[$0.key] ?? $0.key, $0.value, drawn.datasets[$0.key]) }
    return ([("full", full, drawn.full)] + datasets.sorted { $0.0 < $1.0 }).compactMap(part)
  }

  /// The datasets' keys among the scores: their names in lower case, each another's and none that of
  /// the whole.
  private static func keys(ofDatasets names: Set<String>) -> [String: String] {
    var keys: [String: String] = [:]
    for name in names.sorted() {
      var key = name.lowercased()
      while key == "full" || keys.values.contains(key) { key += " (dataset)" }
      keys[name] = key
    }
    return keys
  }
}

extension LedgerRecord.ClipTruth {
  var person: Subject { Subject(dataset: dataset, name: subject) }
}

/// The draws of each set of subjects, made once: the same subjects have the same draws wherever a score
/// stands, so that differences are paired.
final class DrawCache {
  private var known: [Set<Subject>: SubjectDraws] = [:]

  func of(_ subjects: some Sequence<Subject>) -> SubjectDraws {
    let subjects = Set(subjects)
    if let draws = known[subjects] { return draws }
    let draws = SubjectDraws(subjects)
    known[subjects] = draws
    return draws
  }
}
