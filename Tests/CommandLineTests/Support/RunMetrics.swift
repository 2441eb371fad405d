import Foundation
import XCTest

/// A training's `metrics.jsonl` and event file, read independently of the program.
struct RunMetrics {
  /// Below the run directory, such as `folds/sub01`.
  let run: String
  let task: String

  /// The fields that say how long something took, and so differ from run to run.
  static let times: Set = ["time", "seconds", "samples_per_second"]
  static let others: Set = ["epoch", "loss", "learning_rate"]

  var metricsPath: String { "\(run)/\(task)/metrics.jsonl" }
  var eventsPath: String { "\(run)/tensorboard/\(task)/events.out.tfevents.0.htnet" }

  /// Each line's fields; fails where the file ends in half a line.
  func lines() throws -> [[String: Double]] {
    let data = try XCTUnwrap(FileManager.default.contents(atPath: metricsPath), metricsPath)
    XCTAssertEqual(data.last, 10, "\(metricsPath) is torn")
    // `JSONSerialization` loses the last bits of numbers.
    return try data.split(separator: 10).map {
      try JSONDecoder().decode([String: Double].self, from: $0)
    }
  }

  /// The same without what differs from run to run.
  func facts() throws -> [[String: Double]] {
    try lines().map { $0.filter { !Self.times.contains($0.key) } }
  }

  /// The messages of the event file's records, whose lengths and number are checked.
  func events() throws -> [Data] {
    let data = try XCTUnwrap(FileManager.default.contents(atPath: eventsPath), eventsPath)
    var records: [Data] = []
    var place = 0
    while place < data.count {
      guard place + 12 <= data.count else { throw Torn(path: eventsPath) }
      let length = data[place..<place + 8].reversed().reduce(0) { $0 << 8 | Int($1) }
      guard place + 16 + length <= data.count else { throw Torn(path: eventsPath) }
      records.append(data[place + 12..<place + 12 + length])
      place += 16 + length
    }
    return records
  }

  struct Torn: Error { let path: String }

  /// The losses of the training's result.
  func losses() throws -> [Double] {
    let data = try XCTUnwrap(FileManager.default.contents(atPath: "\(run)/\(task)/result.json"))
    struct Result: Decodable { let losses: [Double] }
    return try JSONDecoder().decode(Result.self, from: data).losses
  }

  /// Checks that a finished training's files hold each epoch once, with its result's losses.
  func assertWhole(epochs: Int, file: StaticString = #filePath, line: UInt = #line) throws {
    let lines = try lines()
    XCTAssertEqual(
      lines.map { $0["epoch"] }, (1...epochs).map { Double($0) }, task, file: file, line: line)
    XCTAssertEqual(
      lines.map { $0["loss"] }, try losses().map { $0 }, task, file: file, line: line)
    for fields in lines {
      XCTAssertTrue(
        Set(fields.keys).isSubset(of: Self.times.union(Self.others)), "\(fields)", file: file,
        line: line)
    }
    // What a file begins with, the hyperparameters, the epochs, and the end.
    XCTAssertEqual(try events().count, epochs + 3, task, file: file, line: line)
  }
}
