import ArgumentParser
import Configuration
import Console
import Evaluation
import Files
import Foundation
import Reporting
import RunStore

struct ReportRun: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Scores the pooled predictions of a run's folds, or compares two.",
    discussion: """
      Needs run directories only; where the data still lie where they were trained on, report.html has \
      pictures of the clips that are wrong. Prints the tables, then writes these files into the run's report/: \
      \(Report.fileNames.joined(separator: ", ")). A run that is not complete gives a report that says \
      PARTIAL; the exit status is 0 then too, since that is what was asked for. README.md and \
      docs/report.md say what the files hold.

      Of several runs the folds and seeds are pooled, as if one run had trained them all. Their data must \
      agree, and their configurations but for folds.*, seeds, and keys that only say where and how fast a \
      run trains; what disagrees is named, with exit status 2. A fold that several have must have equal \
      results. The report lies in the first run's report/, or where --output says.

      With --compare the two are compared on the clips that both have: the configuration keys in which they \
      differ, the difference of their scores with its paired interval, McNemar's exact test, and the clips \
      that change. Each is a run, or a part of one: \
      RUN:setting=NAME, RUN:seed=N, RUN:protocol=NAME, or several of these, such as \
      RUN:setting=wide:protocol=nested. A second part that names no run is of the first one's. Without a \
      seed all seeds count, without a protocol all that both have. Nothing is written, unless --output names a \
      directory for \(Comparison.fileNames.joined(separator: " and ")).

      Protocols, by which the epoch is chosen whose model is scored:
      \(EvaluationProtocol.allCases.map { "  \($0.rawValue): \($0.explanation)" }.joined(separator: "\n"))

      Examples:
        htnet report runs/small
        htnet report runs/here runs/there --output pooled
        htnet report --compare runs/small runs/wide
        htnet report --compare runs/study:setting=dim=24 :setting=dim=48
        htnet report --compare runs/small:protocol=last-epoch :protocol=nested
      """)

  @Argument(
    help: ArgumentHelp("Run directories; with --compare two, or parts of them.", valueName: "run"))
  var runs: [String]

  @Flag(help: "Compares two runs, settings, seeds or protocols.")
  var compare = false

  @Flag(
    inversion: .prefixedNo,
    help: "Puts pictures of the clips that are wrong into report.html, from the run's data.")
  var pictures = true

  @Option(
    help: ArgumentHelp(
      "Where the files go. Default: report/ of the first run; with --compare nowhere.",
      valueName: "directory"))
  var output: String?

  func run() throws {
    if let output, output.isEmpty { throw ValidationError("--output: it must not be empty") }
    try compare ? compareTwo() : report()
  }

  private func report() throws {
    let directories = runs.map { RunDirectory($0) }
    try requireDifferent(directories)
    var warnings: [String] = []
    let warn = { (text: String) in
      // Pooled runs have some in common.
      guard !warnings.contains(text) else { return }
      warnings.append(text)
      Self.warn(text)
    }
    let contents = try directories.map { try RunContents($0, warn: warn) }
    if contents.count > 1 { try requireAgreement(contents) }
    var report = try Report(RunContents.pool(contents, warn: warn))
    report.warnings = warnings
    report.pictures =
      pictures
      ? Self.pictures(contents[0]) : .none("Pictures were left out, as --no-pictures asks.")
    print(report.text)
    let place = output ?? directories[0].reportPath
    try report.write(into: place)
    print("\nwritten: \(place)/" + Report.fileNames.joined(separator: ", "))
  }

  private func requireDifferent(_ directories: [RunDirectory]) throws {
    var seen: [String: String] = [:]
    for directory in directories {
      let real = URL(fileURLWithPath: directory.path).resolvingSymlinksInPath().path
      if let other = seen.updateValue(directory.path, forKey: real) {
        throw RunError(
          directory.path, "stands there twice\(other == directory.path ? "" : ", as \(other) too")")
      }
    }
  }

  /// Refuses to pool runs that are not of one thing.
  private func requireAgreement(_ contents: [RunContents]) throws {
    let first = contents[0]
    let configuration = try Self.configuration(first)
    for other in contents.dropFirst() {
      let differences = try Self.configuration(other).differences(from: configuration).filter {
        !$0.key.hasPrefix("folds.")
          && !($0.key == "training.seed" && first.saysSeeds && other.saysSeeds)
      }.map { "\($0.key) is \($0.other) there and \($0.mine) here" }
      let reasons = differences + other.disagreements(with: first)
      guard reasons.isEmpty else {
        throw RunError(
          other.runs[0].path,
          "cannot be pooled with \(first.runs[0].path): " + reasons.joined(separator: "; "))
      }
    }
  }

  static func configuration(_ contents: RunContents) throws -> RunConfiguration {
    let run = contents.runs[0]
    try run.checkConfiguration(run.ledger())
    return try RunConfiguration(yaml: run.configuration(), file: run.configurationPath)
  }

  private func compareTwo() throws {
    guard runs.count == 2 else {
      throw ValidationError(
        "--compare takes two runs, or parts of one such as \(runs.first ?? "RUN"):protocol=last-epoch "
          + ":protocol=nested; there \(runs.count == 1 ? "is 1" : "are \(runs.count)")")
    }
    let first = try ComparedSide(runs[0])
    let second = try ComparedSide(runs[1], after: first)
    let one = try Report(RunDirectory(first.path), warn: Self.warn)
    let other =
      second.path == first.path ? one : try Report(RunDirectory(second.path), warn: Self.warn)
    for report in [one] + (second.path == first.path ? [] : [other]) where !report.isComplete {
      Self.warn("\(report.runs[0].path): is not complete; the folds that are finished are compared")
    }
    var comparison = try Comparison((first, one), (second, other))
    comparison.configurations = Self.differences(
      (one, comparison.first.place), (other, comparison.second.place))
    print(comparison.text)
    guard let output else { return }
    try comparison.write(into: output)
    print("\nwritten: \(output)/\(Comparison.fileNames.joined(separator: ", "))")
  }

  /// A setting of a report, by its place among the run's.
  private typealias Trained = (report: Report, place: Int)

  /// The keys in which the configurations of two settings differ. Of seeds the comparison speaks itself.
  private static func differences(_ a: Trained, _ b: Trained) -> Comparison.Configurations {
    do {
      let (first, second) = (try configuration(a), try configuration(b))
      let saysSeeds = a.report.job.seeds != nil && b.report.job.seeds != nil
      return .differ(
        second.differences(from: first).filter { !($0.key == "training.seed" && saysSeeds) }
          .map { Comparison.Difference($0.key, $0.other, $0.mine) })
    } catch {
      return .unknown("\(error)")
    }
  }

  private static func configuration(_ trained: Trained) throws -> RunConfiguration {
    let run = trained.report.runs[0]
    try run.checkConfiguration(run.ledger())
    let settings = try RunConfiguration(yaml: run.configuration(), file: run.configurationPath)
      .settings()
    guard settings.count == trained.report.settings.count else {
      throw RunError(run.configurationPath, "has other settings than the ledger")
    }
    return settings[trained.place].configuration
  }

  private static func warn(_ text: String) { logger.warning("\(text)") }
}
