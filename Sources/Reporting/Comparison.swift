import Evaluation
import RunStore
import Statistics
import Wording

/// What two runs, settings, seeds or protocols say of the same clips.
public struct Comparison: Sendable {
  /// A clip that the two take for different classes.
  struct Change: Sendable {
    let clip: LedgerRecord.ClipTruth
    let first: Int
    let second: Int
  }

  /// The scores of one part of the clips.
  struct Part: Sendable {
    /// `full`, or a dataset's.
    let key: String
    let first: MeanScores
    let second: MeanScores
    /// The second minus the first.
    let difference: Report.Difference
  }

  /// One protocol of each side.
  struct Pair: Sendable {
    let first: EvaluationProtocol
    let second: EvaluationProtocol
    let parts: [Part]
    /// Of one prediction a clip: with several seeds the ensemble's.
    let test: McNemarTest
    let changes: [Change]
  }

  /// One of the two.
  public struct Side: Sendable {
    let text: String
    let setting: String
    /// The setting's place among its run's.
    public let place: Int
    /// nil: an older ledger does not say.
    let seeds: [UInt64?]
    /// Finished clips that the other side has not got.
    let left: Int
  }

  /// By the texts in the run directories, which are not read here.
  public var configurations = Configurations.unknown("nobody has compared them")
  /// Digests of data and of initial weights that differ.
  let digests: [Difference]
  public let first: Side
  public let second: Side
  let pairs: [Pair]
  let classNames: [String]
  let clips: Int
  let subjects: Int

  /// - Throws: `ComparisonError` if a side is not there, or the two have no clip or no protocol in common.
  public init(_ a: (side: ComparedSide, report: Report), _ b: (side: ComparedSide, report: Report))
    throws
  {
    let (jobA, jobB) = (a.report.job, b.report.job)
    let (placeA, placeB) = (
      try a.side.setting(of: a.report), try b.side.setting(of: b.report)
    )
    let (settingA, settingB) = (a.report.settings[placeA], b.report.settings[placeB])
    let seedsA = try a.side.seeds(of: settingA)
    let seedsB = try b.side.seeds(of: settingB)
    guard jobA.namesOfClasses == jobB.namesOfClasses else {
      throw ComparisonError(
        "\(b.side.path): its classes are \(jobB.namesOfClasses.joined(separator: ", ")), those of "
          + "\(a.side.path) \(jobA.namesOfClasses.joined(separator: ", "))")
    }
    let names = try Self.protocols(a, b)
    let common = try Self.common(
      (a.side, seedsA.first?.rows ?? []), (b.side, seedsB.first?.rows ?? []))
    digests = [
      Difference(
        "composed samples (SHA-256)", settingA.setting.dataSHA256, settingB.setting.dataSHA256),
      Difference(
        "initial weights (SHA-256)", jobA.initialWeightsSHA256 ?? "none",
        jobB.initialWeightsSHA256 ?? "none"),
    ].filter { $0.first != $0.second }
    classNames = jobA.namesOfClasses
    clips = common.count
    subjects = Set(common.map(\.0.person)).count
    func side(
      _ side: ComparedSide, _ setting: Report.SettingScores, at place: Int,
      _ seeds: [Report.SeedScores]
    ) -> Side {
      Side(
        text: side.text.hasPrefix(":") ? side.path + side.text : side.text,
        setting: setting.setting.name, place: place, seeds: seeds.map(\.seed),
        left: (seeds.first?.rows.count ?? 0) - common.count)
    }
    first = side(a.side, settingA, at: placeA, seedsA)
    second = side(b.side, settingB, at: placeB, seedsB)
    let draws = DrawCache()
    let truths = common.map(\.0)
    pairs = names.map { nameA, nameB in
      let sideA = Predictions(
        nameA, seedsA, rows: common.map(\.1), place: jobA.protocols.firstIndex(of: nameA) ?? 0,
        truths, jobA.classes, draws)
      let sideB = Predictions(
        nameB, seedsB, rows: common.map(\.2), place: jobB.protocols.firstIndex(of: nameB) ?? 0,
        truths, jobB.classes, draws)
      let both = zip(truths, zip(sideA.ensemble, sideB.ensemble))
      return Pair(
        first: nameA, second: nameB,
        parts: zip(sideA.means, sideB.means).map { mine, other in
          Part(
            key: mine.key, first: mine.scores, second: other.scores,
            difference: Report.Difference(other.scores, mine.scores))
        },
        test: McNemarTest(
          firstOnly: both.count { $0.truth == $1.0 && $0.truth != $1.1 },
          secondOnly: both.count { $0.truth != $1.0 && $0.truth == $1.1 }),
        changes: both.filter { $1.0 != $1.1 }.map { Change(clip: $0, first: $1.0, second: $1.1) })
    }
  }

  /// What one side says of the common clips under a protocol.
  private struct Predictions {
    let means: [(key: String, scores: MeanScores)]
    /// One a clip.
    let ensemble: [Int]

    /// - Parameter rows: The places of the clips among each seed's rows.
    init(
      _ name: EvaluationProtocol, _ seeds: [Report.SeedScores], rows: [Int], place: Int,
      _ truths: [LedgerRecord.ClipTruth], _ classes: Int, _ draws: DrawCache
    ) {
      let logits = seeds.map { seed in rows.map { seed.rows[$0].answers[place].logits } }
      means = MeanScores.byPart(
        logits.map {
          Report.ProtocolScores(
            name: name,
            parts: Report.parts(
              truths, $0.map(EvaluationProtocol.prediction), classes: classes, draws))
        })
      // One model speaks for itself, to the last bit.
      ensemble = (logits.count == 1 ? logits[0] : EvaluationProtocol.mean(logits))
        .map(EvaluationProtocol.prediction)
    }
  }

  /// The protocols to compare: those named, or each that both have.
  private static func protocols(
    _ a: (side: ComparedSide, report: Report), _ b: (side: ComparedSide, report: Report)
  ) throws -> [(EvaluationProtocol, EvaluationProtocol)] {
    let (mine, other) = (a.report.job.protocols, b.report.job.protocols)
    for (side, name, all) in [
      (a.side, a.side.name ?? b.side.name, mine), (b.side, b.side.name ?? a.side.name, other),
    ] {
      guard let name, !all.contains(name) else { continue }
      throw ComparisonError(
        "\(side.path): does not report \(name.rawValue); its protocols are "
          + all.map(\.rawValue).joined(separator: ", "))
    }
    if let name = a.side.name ?? b.side.name {
      return [(a.side.name ?? name, b.side.name ?? name)]
    }
    let both = mine.filter(other.contains)
    guard !both.isEmpty else {
      throw ComparisonError(
        "\(a.side.path) reports \(mine.map(\.rawValue).joined(separator: ", ")) and \(b.side.path) "
          + "\(other.map(\.rawValue).joined(separator: ", ")): name two with :protocol=")
    }
    return both.map { ($0, $0) }
  }

  /// The clips that both sides have, with their places in each.
  private static func common(
    _ a: (side: ComparedSide, rows: [Report.Row]), _ b: (side: ComparedSide, rows: [Report.Row])
  ) throws -> [(LedgerRecord.ClipTruth, Int, Int)] {
    func name(_ clip: LedgerRecord.ClipTruth) -> [String] {
      [clip.dataset, clip.subject, clip.clip]
    }
    for (side, rows) in [a, b] where rows.isEmpty {
      throw ComparisonError("\(side.text): no fold of it is finished with every seed that is meant")
    }
    let places = Dictionary(
      b.rows.enumerated().map { (name($1.clip), $0) }, uniquingKeysWith: { old, _ in old })
    let common = try a.rows.enumerated().compactMap {
      place, row -> (LedgerRecord.ClipTruth, Int, Int)? in
      guard let other = places[name(row.clip)] else { return nil }
      guard b.rows[other].clip.truth == row.clip.truth else {
        throw ComparisonError(
          "\(b.side.path): the clip \(name(row.clip).joined(separator: "/")) is of class "
            + "\(b.rows[other].clip.truth), and in \(a.side.path) of class \(row.clip.truth)")
      }
      return (row.clip, place, other)
    }
    guard !common.isEmpty else {
      throw ComparisonError("\(a.side.text) and \(b.side.text) have no finished clip in common")
    }
    return common
  }
}
