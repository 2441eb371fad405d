import Evaluation
import Foundation
import RunStore
import Tasks
import TestSupport
import XCTest

final class LedgerTests: XCTestCase {
  private static let task = TaskKey(split: "s/1")

  static let records: [LedgerRecord] = [
    .jobStarted(
      .init(
        time: "2024-01-01T00:00:00Z", program: "htnet 1", configurationSHA256: "c",
        dataSHA256: "d", protocols: [.lastEpoch, .bestOnTest], classes: 3,
        clips: [
          .init(dataset: "smic", subject: "s/1", clip: "ä \"b\"\n", truth: 2, fold: "s/1"),
          .init(dataset: "samm", subject: "006", clip: "x", truth: 0, fold: "006"),
        ], tasks: [task, TaskKey(setting: "dim=24", seed: .max, split: "006")],
        machine: .init(
          hosts: ["h"], ranks: 2, groups: [[0, 1]], threadsPerRank: 1, cpu: "c", kernel: "b",
          mpi: "m"))),
    .foldStarted(.init(time: "t", task: task, ranks: [0, 1])),
    .foldFinished(
      .init(
        time: "t", task: task, seconds: 1.25, resultSHA256: "r", weightsSHA256: "w")),
    .rankLost(.init(time: "t", rank: 1, host: "h", task: task, cause: "its process has ended")),
    .rankLost(.init(time: "t", rank: 0, host: "h", task: nil, cause: "c")),
    .jobStopped(.init(time: "t", reason: "SIGTERM")),
    .foldFinished(
      .init(time: "t", task: task, seconds: 2, resultSHA256: "r2", weightsSHA256: "w")),
    .runFinished(.init(time: "t")),
  ]

  private func write(_ path: String) throws -> Data {
    let writer = try LedgerWriter(path: path)
    for record in Self.records { try writer.append(record) }
    return try XCTUnwrap(FileManager.default.contents(atPath: path))
  }

  func testRecordsComeBack() throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/ledger.jsonl"
      XCTAssertEqual(try Ledger(path: path).records, [])
      let bytes = try write(path)
      let ledger = try Ledger(path: path)
      XCTAssertEqual(ledger.records, Self.records)
      XCTAssertEqual(ledger.finished.mapValues(\.resultSHA256), [Self.task: "r2"])
      guard case .jobStarted(let job) = Self.records[0] else { return XCTFail("no job") }
      XCTAssertEqual(ledger.lastJob, job)
      // One line a record, which any JSON reader takes.
      let lines = bytes.split(separator: 10)
      XCTAssertEqual(lines.count, Self.records.count)
      for line in lines {
        let object = try JSONSerialization.jsonObject(with: line) as? [String: Any]
        XCTAssertNotNil(object?["event"])
      }
    }
  }

  func testACutAnywhereLeavesTheRecordsBeforeItAndIsHealed() throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/ledger.jsonl"
      let bytes = try write(path)
      let added = LedgerRecord.jobStopped(.init(time: "later", reason: "again"))
      for count in 0...bytes.count {
        let cut = bytes.prefix(count)
        try cut.write(to: URL(fileURLWithPath: path))
        let whole = cut.filter { $0 == 10 }.count
        XCTAssertEqual(
          try Ledger(path: path).records, Array(Self.records[..<whole]), "\(count) bytes")
        // Every append waits for the disk, so not every cut is written to.
        guard count % 9 == 0 || bytes[max(count - 1, 0)] == 10 else { continue }
        try LedgerWriter(path: path).append(added)
        XCTAssertEqual(
          try Ledger(path: path).records, Self.records[..<whole] + [added], "\(count) bytes")
      }
    }
  }

  func testADamagedLineIsRefusedByItsNumber() throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/ledger.jsonl"
      let lines = try write(path).split(separator: 10).map { Data($0) }
      let damages: [(Data) -> Data] = [
        { _ in Data() }, { _ in Data("{}".utf8) }, { $0.dropLast() }, { $0.dropFirst() },
        { $0 + Data("}".utf8) }, { _ in Data("{\"event\":\"fold-eaten\"}".utf8) },
        { Data(count: $0.count) }, { Data($0.reversed()) },
      ]
      for line in lines.indices {
        for damage in damages {
          var damaged = lines
          damaged[line] = damage(lines[line])
          let bytes = damaged.reduce(into: Data()) { $0 += $1 + [10] }
          try bytes.write(to: URL(fileURLWithPath: path))
          for text in [
            errorText { try Ledger(path: path) }, errorText { try LedgerWriter(path: path) },
          ] {
            XCTAssertEqual(
              text?.hasPrefix("\(path):\(line + 1): is damaged"), true, "\(text ?? "")")
          }
          XCTAssertEqual(FileManager.default.contents(atPath: path), bytes, "it was written to")
        }
      }
    }
  }

  func testRandomDamageNeverCrashes() throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/ledger.jsonl"
      let bytes = try write(path)
      var random = SeededGenerator(seed: 7)
      for _ in 0..<1000 {
        var damaged = bytes
        for _ in 0..<Int.random(in: 1...3, using: &random) {
          damaged[Int.random(in: 0..<damaged.count, using: &random)] =
            UInt8.random(in: 0...255, using: &random)
        }
        try damaged.write(to: URL(fileURLWithPath: path))
        if let text = errorText({ try Ledger(path: path) }) {
          XCTAssertTrue(text.hasPrefix(path + ":"), text)
        }
      }
    }
  }

  /// A later format is told by its number, whatever else its lines hold and however they are sealed;
  /// a line of ours whose number was changed is damaged.
  func testFormatsAreTold() throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/ledger.jsonl"
      guard case .jobStarted(var job) = Self.records[0] else { return XCTFail("no job") }
      func text(_ format: Int, _ change: (String) -> String = { $0 }, more: String = "") throws
        -> String?
      {
        try? FileManager.default.removeItem(atPath: path)
        job.format = format
        let writer = try LedgerWriter(path: path)
        try writer.append(.jobStarted(job))
        let line = String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
        try (change(line) + more).write(toFile: path, atomically: true, encoding: .utf8)
        return errorText { try Ledger(path: path) }
      }
      let later =
        "\(path): is of format 5, and this htnet knows formats up to 4; use an htnet as new "
        + "as the one that wrote it"
      let damaged =
        "\(path):1: is damaged, so what the run has done cannot be trusted; restore the "
        + "file from a copy, or start again in another run directory"
      for format in 1...4 {
        XCTAssertNil(try text(format))
        XCTAssertEqual(try Ledger(path: path).format, format)
      }
      XCTAssertEqual(try text(5), later)
      XCTAssertEqual(try text(5, more: #"{"event":"fold-hatched","sum":"0"}"# + "\n"), later)
      // Other fields, another sum.
      XCTAssertEqual(
        try text(4) {
          $0.replacingOccurrences(of: "\"format\":4", with: "\"format\":5,\"new\":[]")
        },
        later)
      XCTAssertEqual(
        try text(5) { $0.replacingOccurrences(of: "\"mpi\":\"m\"", with: "\"mpi\":\"n\"") }, later)
      for format in 1...4 {
        XCTAssertEqual(
          try text(format) {
            $0.replacingOccurrences(of: "\"format\":\(format)", with: "\"format\":5")
          }, damaged)
      }
      XCTAssertEqual(try text(0), damaged)
      XCTAssertEqual(try text(-1), damaged)
    }
  }

  /// A later program of the same format may write more events: they are passed over, and that is said.
  func testEventsThatNobodyKnowsArePassedOver() throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/ledger.jsonl"
      var bytes = try write(path)
      XCTAssertNil(try Ledger(path: path).records.passedOver(path))
      // Sealed after the last line's sum, as the ledger ends with it.
      var sum = String(String(decoding: bytes, as: UTF8.self).dropLast(3).suffix(16))
      for line in [
        #"{"event":"fold-hatched","eggs":[1,2],"time":"u"}"#, #"{"event":"rank-fed","time":"v"}"#,
      ] { bytes += Ledger.sealed(Data(line.utf8), after: &sum) }
      try bytes.write(to: URL(fileURLWithPath: path))
      let ledger = try Ledger(path: path)
      XCTAssertEqual(
        ledger.records,
        Self.records + [
          .other(.init(event: "fold-hatched", time: "u")),
          .other(.init(event: "rank-fed", time: "v")),
        ])
      XCTAssertEqual(ledger.finished.keys.map { $0 }, [Self.task])
      XCTAssertEqual(
        ledger.records.passedOver(path),
        "\(path): 2 records of events that this htnet does not know (fold-hatched, rank-fed) are passed "
          + "over; use an htnet as new as the one that wrote the ledger to see what it says")
      // Whoever goes on with the run writes behind them.
      let added = LedgerRecord.jobStopped(.init(time: "w", reason: "r"))
      try LedgerWriter(path: path).append(added)
      XCTAssertEqual(try Ledger(path: path).records, ledger.records + [added])
    }
  }

  func testLossesAreOfTheirJobs() throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/ledger.jsonl"
      _ = try write(path)
      let writer = try LedgerWriter(path: path)
      try writer.append(Self.records[0])
      try writer.append(Self.records[0])
      for (rank, host) in [(9, "b"), (3, "a"), (8, "b")] {
        try writer.append(
          .rankLost(.init(time: "t", rank: rank, host: host, task: nil, cause: "c")))
      }
      let losses = try Ledger(path: path).losses
      XCTAssertEqual(losses.map(\.number), [1, 3])
      XCTAssertEqual(losses.map { $0.ranks.map(\.rank) }, [[1, 0], [9, 3, 8]])
      XCTAssertEqual(
        losses.map(\.ranks.named), ["ranks 0, 1 on h", "rank 3 on a; ranks 8, 9 on b"])
      XCTAssertEqual(
        losses.map(\.ranks.summary),
        ["2 ranks were lost on h", "3 ranks were lost: 1 on a, 2 on b"])
      XCTAssertEqual(Array(losses[1].ranks.prefix(1)).summary, "1 rank was lost on b")
      XCTAssertNil(Array(losses[1].ranks.prefix(0)).summary)
      let many = (0..<5).map {
        LedgerRecord.RankLost(time: "t", rank: $0, host: "a", task: nil, cause: "c")
      }
      XCTAssertEqual(many.named, "5 ranks on a")
      // A line is no list of a thousand hosts.
      func ranks(_ hosts: Int) -> [LedgerRecord.RankLost] {
        (0..<2 * hosts).map {
          .init(time: "t", rank: $0, host: "h\(10 + $0 / 2)", task: nil, cause: "c")
        }
      }
      let first = (10..<18).map { "2 on h\($0)" }.joined(separator: ", ")
      XCTAssertEqual(ranks(8).summary, "16 ranks were lost: " + first)
      XCTAssertEqual(ranks(9).summary, "18 ranks were lost: \(first) and 2 on 1 more host")
      XCTAssertEqual(ranks(20).summary, "40 ranks were lost: \(first) and 24 on 12 more hosts")
    }
  }

  /// Lines of format 2, sealed as its program sealed them, name the same tasks.
  func testALedgerOfFormat2IsReadAsTasks() throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/ledger.jsonl"
      var sum = ""
      var bytes = Data()
      for line in [
        #"{"classes":3,"clips":[{"clip":"c","dataset":"samm","fold":"samm/6","subject":"6","truth":1},"#
          + #"{"clip":"c","dataset":"smic","subject":"s1","truth":0}],"configurationSHA256":"c","#
          + #""dataSHA256":"d","event":"job-started","format":2,"machine":{"cpu":"c","groups":[[0]],"#
          + #""hosts":["h"],"kernel":"k","mpi":"m","ranks":1,"threadsPerRank":1},"program":"p","#
          + #""protocols":["last-epoch"],"subjects":["samm/6","s1"],"time":"t"}"#,
        #"{"event":"fold-started","ranks":[0],"subject":"samm/6","time":"t"}"#,
        #"{"event":"fold-finished","resultSHA256":"r","seconds":1.25,"subject":"samm/6","time":"t","#
          + #""weightsSHA256":"w"}"#,
        #"{"epoch":1,"event":"fold-failed","reason":"r","step":3,"subject":"s1","time":"t"}"#,
      ] { bytes += Ledger.sealed(Data(line.utf8), after: &sum) }
      try bytes.write(to: URL(fileURLWithPath: path))
      let ledger = try Ledger(path: path)
      let (first, second) = (TaskKey(split: "samm/6"), TaskKey(split: "s1"))
      XCTAssertEqual(ledger.lastJob?.tasks, [first, second])
      XCTAssertEqual(ledger.lastJob?.clips.map(\.fold), ["samm/6", "s1"])
      XCTAssertEqual(ledger.finished[first]?.seconds, 1.25)
      XCTAssertEqual(ledger.failed[second]?.fold.step, 3)
    }
  }
}
