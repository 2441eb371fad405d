import Foundation
import XCTest
import Safetensors

/// A directory with all that a good run needs: `config.yaml`, `data`, and no `run`.
struct BadInputScene {
  static let labels = "data/combined_3_class2_for_optical_flow.csv"
  static let landmarks = "data/landmarks.csv"
  static let image = "data/STSNet_whole_norm_u_v_os/sub01_clip1 .png"

  let directory: String
  /// A finished run of the same configuration and data, with weights.
  let finishedRun: String

  func path(_ name: String) -> String { directory + "/" + name }

  func train(_ settings: [String] = []) -> [String] {
    ["train", "--config", "config.yaml", "--data", "data", "--run", "run"]
      + settings.flatMap { ["--set", $0] }
  }

  func write(_ text: String, to name: String) throws {
    try text.write(toFile: path(name), atomically: false, encoding: .utf8)
  }

  func read(_ name: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: path(name)))
  }

  func write(_ data: Data, to name: String) throws {
    try data.write(to: URL(fileURLWithPath: path(name)))
  }

  func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: path(name)) }

  /// Puts a pipe that nobody writes to where a file is or is not.
  func addPipe(_ name: String) throws {
    unlink(path(name))
    XCTAssertEqual(mkfifo(path(name), 0o600), 0)
  }

  /// Changes a text file line by line; lines are counted from 1.
  func edit(_ name: String, _ change: (inout [String]) throws -> Void) throws {
    var lines = String(decoding: try read(name), as: UTF8.self).components(separatedBy: "\n")
    try change(&lines)
    try write(lines.joined(separator: "\n"), to: name)
  }

  /// Replaces a field of a line of a CSV file.
  func setField(_ name: String, line: Int, field: Int, to value: String) throws {
    try edit(name) { lines in
      var fields = lines[line - 1].components(separatedBy: ",")
      fields[field] = value
      lines[line - 1] = fields.joined(separator: ",")
    }
  }

  /// Leaves a column of a CSV file out.
  func removeColumn(_ column: String, of name: String) throws {
    try edit(name) { lines in
      let header = lines[0].components(separatedBy: ",")
      let index = try XCTUnwrap(header.firstIndex(of: column))
      lines = lines.filter { !$0.isEmpty }.map { line in
        var fields = line.components(separatedBy: ",")
        fields.remove(at: index)
        return fields.joined(separator: ",")
      }
    }
  }

  /// Puts the finished run at `run`.
  func addRun() throws {
    try FileManager.default.copyItem(atPath: finishedRun, toPath: path("run"))
  }

  /// Puts a changed copy of a finished fold's weights at `weights.safetensors`.
  func addWeights(_ change: (inout SafetensorsBytes) throws -> Void) throws {
    var file = try SafetensorsBytes(finishedRun + "/folds/sub01/weights.safetensors")
    try change(&file)
    try file.write(to: path("weights.safetensors"))
  }

  /// Puts a changed copy of a reference file at `reference.safetensors`.
  func addReference(_ change: (inout SafetensorsBytes) throws -> Void = { _ in }) throws {
    var file = try SafetensorsBytes(
      CommandLineTestCase.fixtures + "/one-level-seq16.safetensors")
    try change(&file)
    try file.write(to: path("reference.safetensors"))
  }
}
