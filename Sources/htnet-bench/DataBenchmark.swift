import ArgumentParser
import Datasets
import Foundation
import Kernels

struct DataBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data",
    abstract: "Times reading a data set and handing it to other ranks.",
    discussion: "Reads --data, or a made-up dataset of the real one's size.")

  @Option(name: .long, help: "The release's directory.") var data: String?
  @Option(name: .long, help: "Rounds that are measured.") var rounds = 5
  @Flag(name: .long, help: "Print JSON.") var json = false

  func run() throws {
    let temporary = NSTemporaryDirectory() + "htnet-bench-\(getpid())"
    defer { try? FileManager.default.removeItem(atPath: temporary) }
    if data == nil {
      _ = try SyntheticDataset(subjects: 68, clips: 7).write(to: temporary)
    }
    var configuration = DataConfiguration()
    configuration.path = data ?? temporary
    var load: [Double] = []
    var pack: [Double] = []
    var unpack: [Double] = []
    var digest: [Double] = []
    var clips = 0
    for _ in 0..<max(rounds, 1) {
      var dataset: Dataset?
      load.append(
        try Measurement.seconds {
          dataset = try Dataset.load(
            configuration, InputShape(classes: 3, channels: 3, side: 28))
        })
      var bytes: [UInt8] = []
      pack.append(try Measurement.seconds { bytes = try dataset?.serialized() ?? [] })
      unpack.append(try Measurement.seconds { dataset = try Dataset(serialized: bytes) })
      digest.append(Measurement.seconds { _ = dataset?.digest })
      clips = dataset?.clips.count ?? 0
    }
    var figures = Measurement.machine(ProductKernel.best, threads: 1)
    figures.merge([
      "clips": clips, "milliseconds_load": 1e3 * Measurement.median(load),
      "milliseconds_serialize": 1e3 * Measurement.median(pack),
      "milliseconds_deserialize": 1e3 * Measurement.median(unpack),
      "milliseconds_digest": 1e3 * Measurement.median(digest),
    ]) { $1 }
    try Measurement.show(figures, json: json)
  }
}
