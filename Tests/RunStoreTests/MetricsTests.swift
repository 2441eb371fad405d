import Foundation
import RunStore
import Tasks
import TensorBoard
import TestSupport
import XCTest

/// `metrics.jsonl` and the event file of a training, whatever a crash has left of them.
final class MetricsTests: XCTestCase {
  private static let task = TaskKey(setting: "dim=24", seed: 2, split: "s/1")
  private static let losses = (1...12).map { 1 / Double($0) + 0.1 }

  private func writer(_ run: RunDirectory, _ behind: Int, events: Bool = true) -> MetricsWriter {
    MetricsWriter(
      run, Self.task, losses: Array(Self.losses.prefix(behind)),
      hyperparameters: events ? [("model.dim", .number(24))] : nil
    ) { 1e-3 / Double($0) }
  }

  private func add(_ epochs: ClosedRange<Int>, to writer: inout MetricsWriter) {
    for epoch in epochs {
      XCTAssertTrue(writer.isNext(epoch))
      writer.add(epoch: epoch, loss: Self.losses[epoch - 1], samples: 70, seconds: 0.25)
    }
  }

  private func bytes(_ path: String) -> Data {
    FileManager.default.contents(atPath: path) ?? Data()
  }

  /// Each line's fields; a line that is none fails.
  private func lines(_ run: RunDirectory) throws -> [[String: Double]] {
    let data = bytes(run.metricsPath(Self.task))
    XCTAssertEqual(data.last ?? 10, 10)
    // `JSONSerialization` loses the last bits of numbers.
    return try data.split(separator: 10).map {
      try JSONDecoder().decode([String: Double].self, from: $0)
    }
  }

  private func assertWhole(
    _ run: RunDirectory, epochs: Int, isFinished: Bool = false, _ what: String = ""
  ) throws {
    let lines = try lines(run)
    XCTAssertEqual(lines.map { $0["epoch"] }, (1...epochs).map { Double($0) }, what)
    XCTAssertEqual(lines.map { $0["loss"] }, Self.losses.prefix(epochs).map { $0 }, what)
    XCTAssertEqual(
      lines.map { $0["learning_rate"] }, (1...epochs).map { 1e-3 / Double($0) }, what)
    // The event file is what the lines say.
    let time = try XCTUnwrap(lines[0]["time"])
    var events =
      TensorBoardEvent.version(time: time).bytes
      + TensorBoardEvent.hyperparameters([("model.dim", .number(24))], time: time).bytes
    for line in lines {
      let values = ["loss", "learning_rate", "samples_per_second"].compactMap { name in
        line[name].map { (name, $0) }
      }
      events +=
        TensorBoardEvent.scalars(values, step: Int(line["epoch"]!), time: line["time"]!).bytes
    }
    if isFinished {
      events += TensorBoardEvent.success(time: lines[lines.count - 1]["time"]!).bytes
    }
    XCTAssertEqual(bytes(run.eventsPath(Self.task)), Data(events), what)
  }

  func testLinesAreAddedAsEpochsEnd() throws {
    try withTemporaryDirectory { directory in
      let run = RunDirectory(directory)
      XCTAssertEqual(
        run.metricsPath(Self.task), "\(directory)/settings/dim%3D24/seed-2/folds/s+1/metrics.jsonl")
      XCTAssertEqual(
        run.eventsPath(Self.task),
        "\(directory)/tensorboard/settings/dim%3D24/seed-2/folds/s+1/events.out.tfevents.0.htnet")
      var writer = writer(run, 0)
      XCTAssertFalse(writer.hasNews)
      for epoch in 1...12 {
        add(epoch...epoch, to: &writer)
        XCTAssertTrue(writer.hasNews)
        try writer.flush()
        XCTAssertFalse(writer.hasNews)
        try assertWhole(run, epochs: epoch)
      }
      XCTAssertFalse(writer.isNext(12))
      XCTAssertEqual(try lines(run)[3]["samples_per_second"], 280)
      try writer.finish(losses: Self.losses)
      try assertWhole(run, epochs: 12, isFinished: true)
    }
  }

  /// A crash may cut both files anywhere, and a training goes on before it, at it, or after it.
  func testAnyCutIsMended() throws {
    try withTemporaryDirectory { directory in
      let run = RunDirectory(directory)
      var first = writer(run, 0)
      add(1...9, to: &first)
      try first.flush()
      let (metrics, events) = (bytes(run.metricsPath(Self.task)), bytes(run.eventsPath(Self.task)))
      let whole = try lines(run)
      for cut in stride(from: 0, through: metrics.count, by: 13) {
        for behind in [0, 4, 9, 11] {
          let eventCut = cut * 7 % (events.count + 1)
          try metrics.prefix(cut).write(to: URL(fileURLWithPath: run.metricsPath(Self.task)))
          try events.prefix(eventCut).write(to: URL(fileURLWithPath: run.eventsPath(Self.task)))
          var writer = writer(run, behind)
          add(behind + 1...12, to: &writer)
          try writer.flush()
          let what = "cut at \(cut), \(behind) behind"
          try assertWhole(run, epochs: 12, what)
          // What was measured before is kept.
          let kept = min(behind, metrics.prefix(cut).count { $0 == 10 })
          let now = try lines(run)
          for epoch in 0..<kept { XCTAssertEqual(now[epoch], whole[epoch], what) }
        }
      }
    }
  }

  /// Another training's lines, or lines that somebody has edited, do not stay.
  func testLinesThatTrainingDoesNotSayAreCut() throws {
    try withTemporaryDirectory { directory in
      let run = RunDirectory(directory)
      var first = writer(run, 0)
      add(1...6, to: &first)
      try first.flush()
      let path = run.metricsPath(Self.task)
      let text = String(decoding: bytes(path), as: UTF8.self)
      try text.replacing("\"loss\":0.6,", with: "\"loss\":0.7,").write(
        toFile: path, atomically: false, encoding: .utf8)
      var second = writer(run, 6)
      try second.finish(losses: Array(Self.losses.prefix(6)))
      try assertWhole(run, epochs: 6, isFinished: true)
    }
  }

  /// What a writer did not get to write is made good when it can.
  func testARefusedWriteIsMadeGood() throws {
    try withTemporaryDirectory { directory in
      let run = RunDirectory(directory)
      var writer = writer(run, 0)
      add(1...2, to: &writer)
      try writer.flush()
      try FileManager.default.removeItem(atPath: run.eventsPath(Self.task))
      add(3...4, to: &writer)
      XCTAssertNotNil(errorText { try writer.flush() })
      XCTAssertTrue(writer.hasNews)
      try writer.flush()
      try assertWhole(run, epochs: 4)
    }
  }

  /// A pipe or a plain file in the way is no end of a finished training: it is mended when they are gone.
  func testWhatStandsInTheWayIsRefusedUntilItIsGone() throws {
    try withTemporaryDirectory { directory in
      let run = RunDirectory(directory)
      for path in [run.metricsPath(Self.task), directory + "/tensorboard"] {
        try? FileManager.default.removeItem(atPath: directory + "/tensorboard")
        try? FileManager.default.removeItem(atPath: run.metricsPath(Self.task))
        try FileManager.default.createDirectory(
          atPath: run.path(of: Self.task), withIntermediateDirectories: true)
        XCTAssertEqual(mkfifo(path, 0o644), 0)
        var writer = writer(run, 0)
        add(1...12, to: &writer)
        XCTAssertNotNil(errorText { try writer.flush() })
        XCTAssertNotNil(errorText { try writer.finish(losses: Self.losses) })
        try FileManager.default.removeItem(atPath: path)
        try writer.flush()
        try assertWhole(run, epochs: 12, isFinished: true)
      }
    }
  }

  func testTensorBoardMayBeOff() throws {
    try withTemporaryDirectory { directory in
      let run = RunDirectory(directory)
      var writer = writer(run, 0, events: false)
      add(1...3, to: &writer)
      try writer.flush()
      try writer.finish(losses: Array(Self.losses.prefix(3)))
      XCTAssertEqual(try lines(run).count, 3)
      XCTAssertEqual(try names(in: directory), ["settings"])
    }
  }

  // MARK: - Reading

  func testAReaderFollowsAFileThatGrowsAndIsCut() throws {
    try withTemporaryDirectory { directory in
      let run = RunDirectory(directory)
      var reader = MetricsReader(run, Self.task)
      try reader.read()
      XCTAssertEqual(reader.epochs, [])
      var first = writer(run, 0)
      add(1...9, to: &first)
      try first.flush()
      let path = run.metricsPath(Self.task)
      let all = bytes(path)
      // At each byte: a line that is not whole yet is none.
      for count in 0...all.count {
        try all.prefix(count).write(to: URL(fileURLWithPath: path))
        try reader.read()
        XCTAssertEqual(reader.epochs.count, all.prefix(count).count { $0 == 10 })
      }
      XCTAssertEqual(reader.epochs.map(\.loss), Array(Self.losses.prefix(9)))
      // The training went on from epoch 3, with longer lines.
      var second = writer(run, 3)
      for epoch in 4...12 {
        second.add(
          epoch: epoch, loss: Self.losses[epoch - 1], samples: 70, seconds: 1234.567)
      }
      try second.flush()
      try reader.read()
      XCTAssertEqual(reader.epochs.map(\.loss), Self.losses)
      try FileManager.default.removeItem(atPath: path)
      try reader.read()
      XCTAssertEqual(reader.epochs, [])
    }
  }

  func testALedgersReaderFollowsIt() throws {
    try withTemporaryDirectory { directory in
      let run = RunDirectory(directory)
      var reader = LedgerReader(run)
      XCTAssertEqual(try reader.news(), [])
      var whole = Data()
      for record in LedgerTests.records {
        let writer = try LedgerWriter(path: run.ledgerPath)
        try writer.append(record)
        let now = bytes(run.ledgerPath)
        // Half of the line is none.
        try now.prefix(whole.count + 20).write(to: URL(fileURLWithPath: run.ledgerPath))
        XCTAssertEqual(try reader.news(), [])
        try now.write(to: URL(fileURLWithPath: run.ledgerPath))
        XCTAssertEqual(try reader.news(), [record])
        whole = now
      }
      try (whole + Data("{\"event\":\"job-stopped\"}\n".utf8)).write(
        to: URL(fileURLWithPath: run.ledgerPath))
      XCTAssertEqual(
        errorText { _ = try reader.news() }?.hasPrefix(
          "\(run.ledgerPath):\(LedgerTests.records.count + 1): is damaged"), true)
    }
  }

  func testWhatAJobSaysOfItselfComesBack() throws {
    try withTemporaryDirectory { directory in
      let run = RunDirectory(directory)
      XCTAssertNil(try run.progress())
      let progress = JobProgress(
        time: 1.8e9, samplesPerSecond: 12.5, secondsLeft: nil,
        groups: [
          .init(ranks: [0, 1], task: Self.task, epoch: 3, epochs: 8, resumedAfter: 2),
          .init(ranks: [2], task: nil, epoch: 0, epochs: 0, resumedAfter: nil, silentSince: 1.7e9),
        ], slow: [.init(rank: 1, text: "rank 1 is slow")])
      try run.write(progress)
      XCTAssertEqual(try run.progress(), progress)
      XCTAssertEqual(try names(in: directory), ["progress.json"])
      run.removeProgress()
      XCTAssertNil(try run.progress())
      // As older programs write it.
      let text =
        #"{"groups":[{"epoch":1,"epochs":8,"ranks":[0]}],"samples_per_second":0,"slow":[],"time":1}"#
      try Data(text.utf8).write(to: URL(fileURLWithPath: run.progressPath))
      XCTAssertEqual(
        try run.progress()?.groups,
        [.init(ranks: [0], task: nil, epoch: 1, epochs: 8, resumedAfter: nil)])
    }
  }

  func testALockIsSeenWithoutTakingIt() throws {
    try withTemporaryDirectory { directory in
      let run = RunDirectory(directory)
      XCTAssertNil(RunLock.sight(of: run))
      do {
        let lock = try RunLock(
          run, owner: .init(host: "h", pid: 1, since: "s"), patience: 0, warn: { _ in })
        XCTAssertEqual(RunLock.sight(of: run)?.isHeld, true)
        lock.beat(1_700_000_000_000_000_000)
        XCTAssertEqual(RunLock.sight(of: run)?.beat.timeIntervalSince1970, 1.7e9)
      }
      XCTAssertEqual(RunLock.sight(of: run)?.isHeld, false)
    }
  }
}
