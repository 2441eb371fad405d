import Evaluation
import RunStore
import Tasks
import Wording

/// Why two sides cannot be compared.
public struct ComparisonError: Error, CustomStringConvertible, Equatable {
  public let description: String

  init(_ description: String) { self.description = description }
}

/// One side of a comparison as a person names it: `RUN`, and which of its settings, seeds and protocols:
/// `RUN:setting=NAME:seed=N:protocol=NAME`, in any order.
public struct ComparedSide: Sendable, Equatable {
  public let path: String
  /// nil: the run's only one.
  public private(set) var setting: String?
  /// nil: all.
  public private(set) var seed: UInt64?
  /// nil: the other side's, or each that both have.
  public private(set) var name: EvaluationProtocol?
  /// As it was written.
  public let text: String

  private static let parts = TaskKey.partsOfRuns

  /// - Parameters:
  ///   - text: As on the command line. A path may hold colons; what follows `:setting=` does up to the
  ///     next part.
  ///   - first: The other side, whose run a text without a path means.
  /// - Throws: `ComparisonError`.
  public init(_ text: String, after first: ComparedSide? = nil) throws {
    self.text = text
    let marks = Self.parts.flatMap { part in
      text.ranges(of: ":\(part)=").map { (part: part, range: $0) }
    }.sorted { $0.range.lowerBound < $1.range.lowerBound }
    let path = String(text[..<(marks.first?.range.lowerBound ?? text.endIndex)])
    if let other = path.firstMatch(of: /:([a-z-]+)=/) {
      throw ComparisonError(
        "\(text): there is no \":\(other.1)=\"; what may follow a run is "
          + Self.parts.map { ":\($0)=" }.joined(separator: ", "))
    }
    guard let named = path.isEmpty ? first?.path : path else {
      throw ComparisonError("\"\(text)\" names no run directory")
    }
    self.path = named
    var seen: Set<String> = []
    for (place, mark) in marks.enumerated() {
      let end = place + 1 < marks.count ? marks[place + 1].range.lowerBound : text.endIndex
      let value = String(text[mark.range.upperBound..<end])
      guard seen.insert(mark.part).inserted else {
        throw ComparisonError("\(text): \":\(mark.part)=\" stands there twice")
      }
      switch mark.part {
      case "setting": setting = value
      case "seed":
        guard let seed = UInt64(value) else {
          throw ComparisonError("\(text): the seed \"\(value)\" is no whole number")
        }
        self.seed = seed
      default:
        guard let name = EvaluationProtocol(rawValue: value) else {
          throw ComparisonError(
            "\(text): there is no protocol \"\(value)\"; there are "
              + EvaluationProtocol.allCases.map(\.rawValue).joined(separator: ", "))
        }
        self.name = name
      }
    }
  }

  /// The place of the setting that is meant among a report's.
  ///
  /// - Throws: `ComparisonError`.
  func setting(of report: Report) throws -> Int {
    let names = report.settings.map(\.setting.name).joined(separator: "; ")
    guard let setting else {
      guard report.settings.count == 1 else {
        throw ComparisonError(
          "\(path): has several settings: name one, as in \(path):setting=\(report.settings[0].setting.name)"
            + "; its settings are \(names)")
      }
      return 0
    }
    guard let found = report.settings.firstIndex(where: { $0.setting.name == setting }) else {
      throw ComparisonError(
        "\(path): has no setting \"\(setting)\""
          + (report.settings.count == 1 && names.isEmpty
            ? ": it has no study" : "; its settings are \(names)"))
    }
    return found
  }

  /// The trainings that are meant: those of one seed, or of all, of the same folds.
  ///
  /// - Throws: `ComparisonError`.
  func seeds(of setting: Report.SettingScores) throws -> [Report.SeedScores] {
    guard let seed else { return setting.shared }
    guard let found = setting.seeds.first(where: { $0.seed == seed }) else {
      throw ComparisonError(
        "\(path): has no seed \(seed); its seeds are "
          + setting.seeds.map { $0.seed.map { "\($0)" } ?? "unknown" }.joined(separator: ", "))
    }
    return [found]
  }
}
