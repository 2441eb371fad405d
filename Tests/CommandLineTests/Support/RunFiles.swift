import Foundation
import XCTest

/// What a run directory holds, read independently of the program.
struct RunFiles {
  let path: String

  init(_ path: String) { self.path = path }

  /// Each finished fold's result file, by the name of its directory.
  var results: [String: Data] {
    let folds = (try? FileManager.default.contentsOfDirectory(atPath: path + "/folds")) ?? []
    var results: [String: Data] = [:]
    for fold in folds {
      results[fold] = FileManager.default.contents(atPath: "\(path)/folds/\(fold)/result.json")
    }
    return results
  }

  func manifestPath(_ fold: String) -> String { "\(path)/folds/\(fold)/checkpoint/manifest.json" }

  /// The path of the first part of a fold's newest checkpoint.
  func newestPart(_ fold: String) throws -> String {
    let data = try Data(contentsOf: URL(fileURLWithPath: manifestPath(fold)))
    let file = try XCTUnwrap(JSONSerialization.jsonObject(with: data) as? [String: Any])
    let manifest = try XCTUnwrap(file["manifest"] as? [String: Any])
    let newest = try XCTUnwrap((manifest["generations"] as? [[String: Any]])?.first)
    let part = try XCTUnwrap((newest["parts"] as? [[String: Any]])?.first)
    return "\(path)/folds/\(fold)/checkpoint/" + (try XCTUnwrap(part["file"] as? String))
  }

  /// A finished fold's.
  func result(_ fold: String) throws -> [String: Any] {
    let file = "\(path)/folds/\(fold)/result.json"
    let data = try XCTUnwrap(FileManager.default.contents(atPath: file), file)
    return try XCTUnwrap(JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  /// The ledger's whole lines.
  func ledger() throws -> [[String: Any]] {
    let data = FileManager.default.contents(atPath: path + "/ledger.jsonl") ?? Data()
    let whole = data.prefix(upTo: data.lastIndex(of: 10) ?? data.startIndex)
    return try whole.split(separator: 10).map { line in
      try XCTUnwrap(JSONSerialization.jsonObject(with: line) as? [String: Any])
    }
  }

  /// Subjects in the order in which the ledger has them for an event.
  func subjects(_ event: String) throws -> [String] {
    try ledger().filter { $0["event"] as? String == event }.compactMap(Self.split)
  }

  /// The split of a record's task.
  static func split(_ record: [String: Any]) -> String? {
    (record["task"] as? [String: Any])?["split"] as? String
  }

  func events() throws -> [String] { try ledger().compactMap { $0["event"] as? String } }

  func report(_ name: String) throws -> Data {
    try XCTUnwrap(FileManager.default.contents(atPath: "\(path)/report/\(name)"), name)
  }

  func reportJSON() throws -> [String: Any] {
    try XCTUnwrap(
      JSONSerialization.jsonObject(with: report("report.json")) as? [String: Any])
  }

  /// A CSV file of plain fields: header and rows.
  static func table(_ data: Data) -> (header: [String], rows: [[String]]) {
    let lines = String(decoding: data, as: UTF8.self).split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    return (lines.first ?? [], Array(lines.dropFirst()))
  }
}
