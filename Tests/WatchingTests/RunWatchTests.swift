import Evaluation
import Foundation
import RunStore
import Tasks
import TestSupport
import Watching
import XCTest

/// What is seen of a run directory, from its files alone.
final class RunWatchTests: XCTestCase {
  private static let tasks = ["a", "b", "c", "d"].map { TaskKey(split: $0) }

  private static let job = LedgerRecord.JobStarted(
    time: "T", program: "htnet 1", configurationSHA256: "c", dataSHA256: "d",
    protocols: [.lastEpoch], classes: 2,
    clips: ["a", "b", "c", "d"].flatMap { person in
      (0..<2).map { .init(dataset: "x", subject: person, clip: "\($0)", truth: $0, fold: person) }
    }, tasks: tasks,
    machine: .init(
      hosts: ["h", "i"], ranks: 2, groups: [[0], [1]], threadsPerRank: 1, cpu: "c", kernel: "k",
      mpi: "m"))

  private func result(_ task: TaskKey, isRight: Bool = true) -> TaskResult {
    TaskResult(
      task: task, fold: 0, clips: ["0", "1"], losses: [1],
      logits: isRight ? [[1, 0], [0, 1]] : [[0, 1], [0, 1]], logitsOfEveryEpoch: nil,
      weightsSHA256: "w")
  }

  private func statuses(_ state: WatchState) -> [WatchState.TaskStatus] {
    state.rows.flatMap(\.statuses)
  }

  func testARunFromItsBeginningToItsEnd() throws {
    try withTemporaryDirectory { directory in
      let run = RunDirectory(directory)
      try run.setConfiguration("")
      let watch = try RunWatch(run)
      XCTAssertEqual(try watch.look().phase, .prepared)
      let before = try names(in: directory)
      var lock: RunLock? = try hold(run)
      let ledger = try begin(run)
      var state = try watch.look()
      XCTAssertEqual(state.phase, .running)
      XCTAssertEqual(
        statuses(state), [.running(ranks: [0]), .running(ranks: [1]), .waiting, .waiting])
      // Without the job's own word the ledger says who runs.
      XCTAssertEqual(state.running.map(\.task), Array(Self.tasks.prefix(2)))
      XCTAssertEqual(state.running.map(\.hosts), [["h"], ["i"]])
      var metrics = MetricsWriter(
        run, Self.tasks[1], losses: [], hyperparameters: nil, learningRate: { _ in 1 })
      for epoch in 1...3 { metrics.add(epoch: epoch, loss: 0.5, samples: 10, seconds: 2) }
      try metrics.flush()
      try run.write(
        JobProgress(
          time: 1, samplesPerSecond: 5, secondsLeft: 60,
          groups: [
            .init(ranks: [0], task: nil, epoch: 0, epochs: 0, resumedAfter: nil),
            .init(ranks: [1], task: Self.tasks[1], epoch: 2, epochs: 9, resumedAfter: 1),
          ], slow: [.init(rank: 1, text: "slow")]))
      state = try watch.look()
      XCTAssertEqual(state.running.map(\.task), [Self.tasks[1]])
      // It went back to a checkpoint: the third epoch's line is of before.
      XCTAssertEqual(state.running.map(\.losses), [[0.5, 0.5]])
      XCTAssertEqual(state.running.map(\.epoch), [2])
      XCTAssertEqual(state.running.map(\.resumedAfter), [1])
      XCTAssertEqual(state.running.map(\.samplesPerSecond), [5])
      XCTAssertEqual([state.secondsLeft, state.samplesPerSecond], [60, 5])
      XCTAssertEqual(state.idleGroups, 1)
      XCTAssertEqual(state.slow, ["slow"])
      XCTAssertEqual(state.scores, [])
      for (place, task) in Self.tasks.prefix(2).enumerated() {
        let hash = try run.write(result(task, isRight: place == 0))
        try ledger.append(
          .foldFinished(
            .init(time: "T", task: task, seconds: 1, resultSHA256: hash, weightsSHA256: "w")))
      }
      try ledger.append(.foldStarted(.init(time: "T", task: Self.tasks[2], ranks: [0])))
      try ledger.append(
        .foldFailed(
          .init(time: "T", task: Self.tasks[2], epoch: 1, step: 2, reason: "the loss is nan")))
      try ledger.append(.foldStarted(.init(time: "T", task: Self.tasks[3], ranks: [0])))
      state = try watch.look(waits: true)
      XCTAssertEqual(
        statuses(state),
        [
          .finished, .finished, .failed(cause: "epoch 1, step 2: the loss is nan"),
          .running(ranks: [0]),
        ])
      XCTAssertEqual(state.failures, ["c failed in epoch 1, step 2: the loss is nan"])
      XCTAssertEqual(state.scores.map(\.clips), [4])
      // One of two right for class 0, no other mistake: F1 2/3 and 4/5.
      XCTAssertEqual(state.scores[0].uf1, (2.0 / 3 + 0.8) / 2, accuracy: 1e-12)
      XCTAssertNotNil(state.scores[0].interval)
      // The process is gone without a word.
      _ = lock
      lock = nil
      state = try watch.look()
      guard case .dead = state.phase else { return XCTFail("\(state.phase)") }
      XCTAssertEqual(statuses(state).last, .left)
      XCTAssertEqual(state.running.count, 0)
      try ledger.append(.jobStarted(Self.job))
      try ledger.append(.foldStarted(.init(time: "T", task: Self.tasks[3], ranks: [1])))
      try ledger.append(.jobStopped(.init(time: "T", reason: "SIGTERM")))
      state = try watch.look()
      XCTAssertEqual(state.phase, .stopped(time: "T", reason: "SIGTERM"))
      XCTAssertEqual([state.jobs, state.resumes], [2, 1])
      try ledger.append(.jobStarted(Self.job))
      try ledger.append(.runFinished(.init(time: "U")))
      XCTAssertEqual(try watch.look().phase, .finished(time: "U"))
      // Nothing is written but what the test wrote.
      XCTAssertEqual(
        try names(in: directory),
        (before + ["folds", "ledger.jsonl", "lock", "progress.json"]).sorted())
    }
  }

  private func hold(_ run: RunDirectory) throws -> RunLock {
    try RunLock(run, owner: .init(host: "h", pid: 1, since: "s"), patience: 0, warn: { _ in })
  }

  /// The ledger of a job that has begun two trainings.
  private func begin(_ run: RunDirectory) throws -> LedgerWriter {
    let ledger = try LedgerWriter(path: run.ledgerPath)
    try ledger.append(.jobStarted(Self.job))
    for (rank, task) in Self.tasks.prefix(2).enumerated() {
      try ledger.append(.foldStarted(.init(time: "T", task: task, ranks: [rank])))
    }
    return ledger
  }

  func testLostRanksAndUnknownEvents() throws {
    try withTemporaryDirectory { directory in
      let run = RunDirectory(directory)
      let lock = try hold(run)
      let ledger = try begin(run)
      let lost = LedgerRecord.RankLost(
        time: "T", rank: 1, host: "i", task: Self.tasks[1], cause: "c")
      try ledger.append(.rankLost(lost))
      // A job that goes on and has seen no step has no speed.
      try run.write(
        JobProgress(
          time: 1, samplesPerSecond: 0, secondsLeft: nil,
          groups: [.init(ranks: [0], task: Self.tasks[0], epoch: 0, epochs: 9, resumedAfter: nil)],
          slow: []))
      let watch = try RunWatch(run)
      var state = try watch.look()
      XCTAssertEqual(state.lost, [lost])
      XCTAssertEqual(statuses(state), [.running(ranks: [0]), .left, .waiting, .waiting])
      XCTAssertEqual(state.running.map(\.task), [Self.tasks[0]])
      XCTAssertNil(state.samplesPerSecond)
      XCTAssertEqual(state.troubles, [])
      try ledger.append(.foldStarted(.init(time: "T", task: Self.tasks[1], ranks: [0])))
      try ledger.append(.other(.init(event: "rank-fed", time: "T")))
      state = try watch.look()
      XCTAssertEqual(state.lost, [lost])
      XCTAssertEqual(statuses(state)[1], .running(ranks: [0]))
      XCTAssertEqual(state.troubles.count, 1)
      XCTAssertTrue(state.troubles[0].contains("1 record of events that this htnet does not know"))
      // The next job has all its ranks.
      try ledger.append(.jobStarted(Self.job))
      XCTAssertEqual(try watch.look().lost, [])
      withExtendedLifetime(lock) {}
    }
  }

  /// 2026-01-01T00:00:00Z, and later.
  private func time(_ seconds: Int) -> String {
    Date(timeIntervalSince1970: Double(Self.epoch + seconds)).formatted(.iso8601)
  }

  private static let epoch = 1_767_225_600

  /// The ledger does not say that a group has left a training for another one; the job does.
  func testATrainingThatWaitsForRanksDoesNotRun() throws {
    try withTemporaryDirectory { directory in
      let run = RunDirectory(directory)
      let lock = try hold(run)
      let ledger = try LedgerWriter(path: run.ledgerPath)
      var job = Self.job
      job.time = time(0)
      try ledger.append(.jobStarted(job))
      for (rank, task) in Self.tasks.prefix(2).enumerated() {
        try ledger.append(.foldStarted(.init(time: time(0), task: task, ranks: [rank])))
      }
      let watch = try RunWatch(run)
      func say(at seconds: Double, _ tasks: [TaskKey?]) throws {
        try run.write(
          JobProgress(
            time: Double(Self.epoch) + seconds, samplesPerSecond: 5, secondsLeft: 60,
            groups: tasks.enumerated().map {
              .init(ranks: [$0], task: $1, epoch: 1, epochs: 9, resumedAfter: nil)
            }, slow: []))
      }
      // What an earlier job has left behind says nothing of this one.
      try say(at: -5, [nil, Self.tasks[1]])
      var state = try watch.look()
      XCTAssertEqual(
        statuses(state), [.running(ranks: [0]), .running(ranks: [1]), .waiting, .waiting])
      XCTAssertEqual(state.running.map(\.task), Array(Self.tasks.prefix(2)))
      XCTAssertNil(state.secondsLeft)
      // Rank 1 has left b for c.
      try ledger.append(.foldStarted(.init(time: time(8), task: Self.tasks[2], ranks: [1])))
      try say(at: 9.5, [Self.tasks[0], Self.tasks[2]])
      state = try watch.look()
      XCTAssertEqual(
        statuses(state), [.running(ranks: [0]), .left, .running(ranks: [1]), .waiting])
      XCTAssertEqual(state.running.map(\.task), [Self.tasks[0], Self.tasks[2]])
      // Both were begun after the job has spoken last, one of them in the same second.
      try ledger.append(.foldStarted(.init(time: time(9), task: Self.tasks[3], ranks: [1])))
      try ledger.append(.foldStarted(.init(time: time(10), task: Self.tasks[1], ranks: [0])))
      XCTAssertEqual(
        statuses(try watch.look()),
        [.running(ranks: [0]), .running(ranks: [0]), .running(ranks: [1]), .running(ranks: [1])])
      try say(at: 20, [Self.tasks[1], Self.tasks[3]])
      XCTAssertEqual(
        statuses(try watch.look()),
        [.left, .running(ranks: [0]), .left, .running(ranks: [1])])
      withExtendedLifetime(lock) {}
    }
  }

  /// One group was silent for long before all died, and others went on.
  func testTheLastSignOfAJobIsTheNewest() throws {
    try withTemporaryDirectory { directory in
      let run = RunDirectory(directory)
      var lock: RunLock? = try hold(run)
      let ledger = try LedgerWriter(path: run.ledgerPath)
      var job = Self.job
      job.time = time(0)
      try ledger.append(.jobStarted(job))
      lock?.beat(UInt64(Self.epoch + 50) * 1_000_000_000)
      lock = nil
      let watch = try RunWatch(run)
      func assertLast(_ seconds: Int, line: UInt = #line) throws {
        XCTAssertEqual(
          try watch.look().phase,
          .dead(since: Date(timeIntervalSince1970: Double(Self.epoch + seconds))), line: line)
      }
      try assertLast(50)
      try run.write(
        JobProgress(
          time: Double(Self.epoch + 70), samplesPerSecond: 0, secondsLeft: nil, groups: [],
          slow: []))
      try assertLast(70)
      try ledger.append(.foldStarted(.init(time: time(90), task: Self.tasks[0], ranks: [0])))
      try assertLast(90)
    }
  }

  func testASilentGroupIsNamed() throws {
    try withTemporaryDirectory { directory in
      let run = RunDirectory(directory)
      let lock = try hold(run)
      _ = try begin(run)
      try run.write(
        JobProgress(
          time: 1, samplesPerSecond: 5, secondsLeft: 60,
          groups: [
            .init(ranks: [0], task: Self.tasks[0], epoch: 1, epochs: 9, resumedAfter: nil),
            .init(
              ranks: [1], task: Self.tasks[1], epoch: 1, epochs: 9, resumedAfter: nil,
              silentSince: Double(Self.epoch) + 5.25),
          ], slow: []))
      let state = try RunWatch(run).look()
      XCTAssertEqual(state.silent, ["silent since 2026-01-01T00:00:05Z: rank 1 on i"])
      XCTAssertEqual(state.running.map(\.isSilent), [false, true])
      withExtendedLifetime(lock) {}
    }
  }

  func testAJobThatSaysNothing() throws {
    try withTemporaryDirectory { directory in
      let run = RunDirectory(directory)
      let lock = try hold(run)
      try LedgerWriter(path: run.ledgerPath).append(.jobStarted(Self.job))
      lock.beat(1_700_000_000_000_000_000)
      let watch = try RunWatch(run)
      // Rank 0, which goes on saying how it does, is no sign of the group that hangs.
      for time in 1...3 {
        try run.write(
          JobProgress(
            time: Double(time), samplesPerSecond: 0, secondsLeft: nil, groups: [], slow: []))
        XCTAssertEqual(
          try watch.look().phase, .silent(since: Date(timeIntervalSince1970: 1.7e9)))
      }
      // A change counts, whatever the hosts' clocks say.
      lock.beat(1_700_000_001_000_000_000)
      XCTAssertEqual(try watch.look().phase, .running)
      withExtendedLifetime(lock) {}
    }
  }

  /// The lock file is gone, with the job or by itself.
  func testWithoutALockTheLedgerSaysWhen() throws {
    try withTemporaryDirectory { directory in
      let run = RunDirectory(directory)
      let ledger = try LedgerWriter(path: run.ledgerPath)
      try ledger.append(.jobStarted(Self.job))
      let watch = try RunWatch(run)
      XCTAssertEqual(try watch.look().phase, .dead(since: nil))
      try ledger.append(
        .foldStarted(.init(time: "2026-01-01T00:00:00Z", task: Self.tasks[0], ranks: [0])))
      XCTAssertEqual(
        try watch.look().phase, .dead(since: Date(timeIntervalSince1970: 1_767_225_600)))
      try ledger.append(.runFinished(.init(time: "U")))
      XCTAssertEqual(try watch.look().phase, .finished(time: "U"))
    }
  }

  func testAResultThatIsDamagedIsSaid() throws {
    try withTemporaryDirectory { directory in
      let run = RunDirectory(directory)
      let ledger = try LedgerWriter(path: run.ledgerPath)
      try ledger.append(.jobStarted(Self.job))
      let hash = try run.write(result(Self.tasks[0]))
      try ledger.append(
        .foldFinished(
          .init(
            time: "T", task: Self.tasks[0], seconds: 1, resultSHA256: hash, weightsSHA256: "w")))
      let path = run.resultPath(Self.tasks[0])
      let whole = FileManager.default.contents(atPath: path)
      try Data("{".utf8).write(to: URL(fileURLWithPath: path))
      let watch = try RunWatch(run)
      // It is said as long as it lasts, also when another fold finishes.
      for task in [nil, Self.tasks[1], nil] {
        if let task {
          let hash = try run.write(result(task))
          try ledger.append(
            .foldFinished(
              .init(time: "T", task: task, seconds: 1, resultSHA256: hash, weightsSHA256: "w")))
        }
        let state = try watch.look(waits: true)
        XCTAssertEqual(state.troubles, ["\(path): cannot be read, or is damaged"])
      }
      XCTAssertEqual(try watch.look(waits: true).scores.map(\.clips), [2])
      try whole?.write(to: URL(fileURLWithPath: path))
      let state = try watch.look(waits: true)
      XCTAssertEqual(state.troubles, [])
      XCTAssertEqual(state.scores.map(\.clips), [4])
    }
  }

  func testWhatIsNoRunIsRefused() throws {
    try withTemporaryDirectory { directory in
      for path in [directory, directory + "/none"] {
        XCTAssertEqual(
          errorText { _ = try RunWatch(RunDirectory(path)) }?.contains("is no run directory"), true)
      }
    }
  }
}
