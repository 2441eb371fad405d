import ArgumentParser
import Configuration
import Console
import Files
import Foundation
import Prediction
import Wording

struct Predict: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Predicts the classes of new clips with trained models.",
    discussion: """
      Takes models as htnet export writes them, or as a run keeps them, and data as htnet train takes \
      them. Regions, scaling and classes come from the models' files, and so does data.format unless \
      --set says it. Labels are not needed and not read. Several models answer together, by the mean of \
      their probabilities.

      Writes CSV, one row a clip: dataset, subject, clip, the most probable class as number \
      (prediction) and name (class), probability_NAME of each class, and the image. A warning says \
      which models were trained on subjects of the data, or on subjects of the same name in another \
      dataset, who may be the same people: what they say of those is no test of them.

      Examples:
        htnet export runs/small --fold sub01 --output sub01.safetensors
        htnet predict --model sub01.safetensors --data DIR --output predictions.csv
        htnet predict --model a.safetensors b.safetensors --data faces.csv \\
          --set data.format=manifest --set data.dataset=mine --output predictions.csv
      """)

  @Option(
    name: .long, parsing: .upToNextOption,
    help: ArgumentHelp("Files of models; several answer together.", valueName: "file"))
  var model: [String]

  @Option(
    name: .long,
    help: ArgumentHelp(
      "The data's directory, or a manifest: a table of the clips.", valueName: "dir"))
  var data: String

  @Option(
    name: .customLong("set"), parsing: .singleValue,
    help: ArgumentHelp("Sets a key of the data; may be repeated.", valueName: "data.key=value"))
  var overrides: [String] = []

  @Option(
    name: .long,
    help: ArgumentHelp(
      "The CSV file to write; it may replace earlier predictions, nothing else. Default: standard "
        + "output.", valueName: "file"))
  var output: String?

  func run() throws {
    if let output { try checkOutput(output) }
    let models = try ModelSet(paths: model)
    let (dataset, warnings) = try models.read(path: data, overrides: overrides)
    for warning in warnings { logger.warning("\(warning)") }
    let predictions = try models.predict(
      dataset, threads: ProcessInfo.processInfo.activeProcessorCount)
    guard let output else {
      print(String(decoding: predictions.csv, as: UTF8.self), terminator: "")
      return
    }
    try AtomicFile.write(predictions.csv, to: output)
    print("\(output): \(counted(dataset.clips.count, "clip")): \(predictions.summary)")
  }

  /// Refuses to write over anything but predictions.
  private func checkOutput(_ output: String) throws {
    switch try FileKind.of(output) {
    case nil: return
    case .directory:
      throw ConfigurationError("--output", "\(output) is a directory; name a file")
    case .file:
      let start = Data(Predictions.start.utf8)
      guard try AtomicFile.read(output)?.starts(with: start) == true else {
        throw ConfigurationError(
          "--output", "\(output) is there and holds no predictions; name another file")
      }
    }
  }
}
