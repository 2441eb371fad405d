import Configuration
import Datasets
import Foundation
import Safetensors

/// A plan on its way from rank 0 to the others.
extension RunPlan {
  private struct Header: Codable {
    let yaml: String
    /// Of each data set; several settings may share one.
    let datasetBytes: [Int]
    /// Each setting's data set.
    let datasets: [Int]
    let hasWeights: Bool
  }

  /// All that the other ranks need.
  public func serialized() throws -> [UInt8] {
    var digests: [String] = []
    var data: [[UInt8]] = []
    let places = try settings.map { setting in
      if let place = digests.firstIndex(of: setting.dataSHA256) { return place }
      digests.append(setting.dataSHA256)
      data.append(Array(try setting.dataset.serialized()))
      return data.count - 1
    }
    let header = try JSONEncoder().encode(
      Header(
        yaml: configuration.yaml, datasetBytes: data.map(\.count), datasets: places,
        hasWeights: initialWeights != nil))
    return withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) } + header
      + data.joined() + (initialWeights ?? Data())
  }

  /// A plan that rank 0 has sent.
  public init(serialized bytes: [UInt8]) throws {
    let length = Int(bytes.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    let header = try JSONDecoder().decode(Header.self, from: Data(bytes[8..<8 + length]))
    configuration = try RunConfiguration(yaml: header.yaml, file: "rank 0's configuration")
    var end = 8 + length
    let datasets = try header.datasetBytes.map { count in
      defer { end += count }
      let dataset = try Dataset(serialized: Array(bytes[end..<end + count]))
      return (dataset: dataset, digest: dataset.digest)
    }
    settings = try zip(configuration.settings(), header.datasets).map {
      PlannedSetting(setting: $0, dataset: datasets[$1].dataset, dataSHA256: datasets[$1].digest)
    }
    (tasks, foldOfClip) = try Self.tasks(configuration, settings)
    places = Self.places(tasks)
    initialWeights = header.hasWeights ? Data(bytes[end...]) : nil
    start = try initialWeights.map {
      try WeightsOrigin(of: SafetensorsFile($0, file: "training.initial_weights"))
    }
    notices = []
    warnings = []
  }
}
