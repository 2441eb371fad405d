import ArgumentParser
import Configuration
import Console
import DataInspection
import Datasets
import Files
import Foundation
import HTNetModel
import Job
import Training

struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data",
    abstract: "Looks at a data set before it is trained on.",
    discussion: """
      Examples:
        htnet data check --data DIR
        htnet data show --data DIR --output sheet.png
      """,
    subcommands: [Check.self, Show.self])

  /// Which data, as `htnet train` takes them.
  struct Input: ParsableArguments {
    @Option(
      name: .long,
      help: ArgumentHelp(
        "A YAML file of keys, as for htnet train, whose help lists them.", valueName: "file"))
    var config: String?

    @Option(
      name: .long,
      help: ArgumentHelp(
        "The data's directory, or a manifest: a table of the clips (docs/data.md).",
        valueName: "dir"))
    var data: String?

    @Option(
      name: .customLong("set"), parsing: .singleValue,
      help: ArgumentHelp(
        "Sets a key, whatever the file says; may be repeated.", valueName: "key=value"))
    var overrides: [String] = []

    /// What `htnet train` would do with them.
    ///
    /// - Throws: What it refuses them with.
    func plan() throws -> RunPlan {
      try RunPlan(TrainRequest(configuration: config, data: data, run: "", overrides: overrides))
    }

    /// The clips before their regions are composed, and after.
    ///
    /// - Throws: As `plan`.
    func read() throws -> (SourceClips, Dataset, RunConfiguration) {
      let plan = try plan()
      let configuration = plan.configuration
      let source = try Dataset.source(configuration.data, InputShape(configuration.model))
      return (source, plan.dataset, configuration)
    }
  }

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "check",
      abstract: "Counts a data set, and says what may be wrong with it.",
      discussion: """
        Reads the data as htnet train would: what that refuses is refused here, with the same message \
        and exit status 2. Whatever else is worth a look is listed, with exit status 0.

        Examples:
          htnet data check --data DIR
          htnet data check --data DIR --set data.regions=corrected --json
        """)

    @OptionGroup var input: Input

    @Flag(name: .long, help: "Writes lists out in full.")
    var all = false

    @Flag(name: .long, help: "Writes JSON; docs/data.md says which keys.")
    var json = false

    func run() throws {
      let (source, dataset, configuration) = try input.read()
      let check = DataCheck(source, dataset, regions: configuration.data.regions)
      if json {
        FileHandle.standardOutput.write(try check.json())
      } else {
        print(check.text(all: all))
      }
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show",
      abstract: "Writes a picture of clips: channels, regions and the composed input.",
      discussion: """
        One row a clip: each channel by itself, the map with regions and landmarks drawn in, and the \
        input that is composed of it, before data.scaling. Without --clip or --subject the clips are \
        spread over the data set.

        Examples:
          htnet data show --data DIR --output sheet.png
          htnet data show --data DIR --subject casme2/sub03 --output sub03.png
        """)

    @OptionGroup var input: Input

    @Option(
      name: .long,
      help: ArgumentHelp(
        "The PNG file to write; it may replace an earlier picture.", valueName: "file"))
    var output: String

    @Option(
      name: .long,
      help: ArgumentHelp(
        "How many clips, at most. Default: 12, or all of --subject.", valueName: "N"))
    var clips: Int?

    @Option(
      name: .long,
      help: ArgumentHelp(
        "The clips of a subject, as sub03 or casme2/sub03.", valueName: "subject"))
    var subject: String?

    @Option(
      name: .long,
      help: ArgumentHelp("A clip, as dataset/subject/clip; may be repeated.", valueName: "clip"))
    var clip: [String] = []

    func run() throws {
      if let clips, clips <= 0 { throw ValidationError("--clips \(clips) is not above 0") }
      guard subject == nil || clip.isEmpty else {
        throw ValidationError("--subject and --clip both say which clips: leave one out")
      }
      guard clips == nil || clip.isEmpty else {
        throw ValidationError("--clip names each clip that is shown: leave --clips out")
      }
      try checkOutput()
      let (source, dataset, configuration) = try input.read()
      let chosen = try chosen(source)
      let sheet = try ContactSheet(
        source, dataset, clips: chosen, regions: configuration.data.regions,
        planes: configuration.data.format.planes(dataset.channels))
      try AtomicFile.write(try sheet.png(), to: output)
      print("\(output): \(chosen.count) of \(source.clips.count) clips")
    }

    private func chosen(_ source: SourceClips) throws -> [Int] {
      if let subject {
        let meant = source.clips.indices.filter {
          source.clips[$0].subject == subject || "\(source.clips[$0].person)" == subject
        }
        guard !meant.isEmpty else {
          throw ConfigurationError("--subject", "\"\(subject)\" is no subject of the data")
        }
        return Array(meant.prefix(clips ?? meant.count))
      }
      if !clip.isEmpty {
        return try clip.map { name in
          guard
            let place = source.clips.firstIndex(where: { "\($0.person)/\($0.name)" == name })
          else {
            let first = source.clips[0]
            throw ConfigurationError(
              "--clip",
              "\"\(name)\" is no clip of the data; they are called as \(first.person)/\(first.name)"
            )
          }
          return place
        }
      }
      let count = min(clips ?? 12, source.clips.count)
      return (0..<count).map { $0 * source.clips.count / count }
    }

    /// Refuses to write over anything but a picture.
    private func checkOutput() throws {
      switch try FileKind.of(output) {
      case nil: return
      case .directory:
        throw ConfigurationError("--output", "\(output) is a directory; name a file")
      case .file:
        let start = try AtomicFile.read(output)?.prefix(8) ?? Data()
        guard start == Data([137, 80, 78, 71, 13, 10, 26, 10]) else {
          throw ConfigurationError(
            "--output", "\(output) is there and no PNG file; name another file")
        }
      }
    }
  }
}
