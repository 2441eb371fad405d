import Configuration
import Datasets
import Foundation
import Safetensors

/// A plan on its way from rank 0 to the others.
extension RunPlan {
  private struct Header: Codable {
    let yaml: String
    let datasetBytes: Int
    let hasWeights: Bool
  }

  /// All that the other ranks need.
  public func serialized() throws -> [UInt8] {
    let data = try dataset.serialized()
    let header = try JSONEncoder().encode(
      Header(
        yaml: configuration.yaml, datasetBytes: data.count, hasWeights: initialWeights != nil))
    return withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) } + header + data
      + (initialWeights ?? Data())
  }

  /// A plan that rank 0 has sent.
  public init(serialized bytes: [UInt8]) throws {
    let length = Int(bytes.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    let header = try JSONDecoder().decode(Header.self, from: Data(bytes[8..<8 + length]))
    let end = 8 + length + header.datasetBytes
    configuration = try RunConfiguration(yaml: header.yaml, file: "rank 0's configuration")
    dataset = try Dataset(serialized: Array(bytes[8 + length..<end]))
    tasks = try Self.tasks(configuration, dataset)
    places = Self.places(tasks)
    initialWeights = header.hasWeights ? Data(bytes[end...]) : nil
    start = try initialWeights.map {
      try WeightsOrigin(of: SafetensorsFile($0, file: "training.initial_weights"))
    }
    notices = []
    warnings = []
  }
}
