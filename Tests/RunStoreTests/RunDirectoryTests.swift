import Foundation
import RunStore
import Tasks
import TestSupport
import XCTest

final class RunDirectoryTests: XCTestCase {
  private func result(_ subject: String, _ logits: [[Float]] = [[0.1, -2, 3e-20]]) -> TaskResult {
    TaskResult(
      task: TaskKey(split: subject), fold: 3, clips: ["a"], losses: [1.5, 0.1], logits: logits,
      logitsOfEveryEpoch: [logits, logits], weightsSHA256: "w")
  }

  private func finish(_ run: RunDirectory, _ result: TaskResult) throws {
    let digest = try run.write(result)
    try LedgerWriter(path: run.ledgerPath).append(
      .foldFinished(
        .init(
          time: "t", task: result.task, seconds: 1, resultSHA256: digest,
          weightsSHA256: result.weightsSHA256)))
  }

  func testOnlyAResultThatTheLedgerKnowsIsDone() throws {
    try withTemporaryDirectory { directory in
      let run = RunDirectory(directory + "/run")
      try run.prepare()
      for subject in ["a", "b", "c", "d"] { try finish(run, result(subject)) }
      // Written, but not in the ledger: the crash came in between.
      _ = try run.write(result("e"))
      // Another result under the same name, a damaged one, and none.
      _ = try run.write(result("b", [[1, 2, 3]]))
      var bytes = try XCTUnwrap(
        FileManager.default.contents(atPath: run.resultPath(TaskKey(split: "c"))))
      bytes[bytes.count / 2] ^= 1
      try bytes.write(to: URL(fileURLWithPath: run.resultPath(TaskKey(split: "c"))))
      try FileManager.default.removeItem(atPath: run.resultPath(TaskKey(split: "d")))
      var warnings: [String] = []
      let finished = try run.finishedFolds { warnings.append($0) }
      XCTAssertEqual(finished, [TaskKey(split: "a"): result("a")])
      XCTAssertEqual(warnings.count, 3)
      for (warning, subject) in zip(warnings, ["b", "c", "d"]) {
        XCTAssertTrue(warning.hasPrefix(run.resultPath(TaskKey(split: subject))), warning)
        XCTAssertTrue(warning.hasSuffix("the fold counts as not done"), warning)
      }
      // Of a directory that lacks many one line is enough.
      for subject in ["f", "g", "h"] {
        try finish(run, result(subject))
        try FileManager.default.removeItem(atPath: run.resultPath(TaskKey(split: subject)))
      }
      warnings = []
      XCTAssertEqual(try run.finishedFolds { warnings.append($0) }.count, 1)
      XCTAssertEqual(
        warnings.last,
        "\(run.path)/folds: the results of 4 finished folds are missing; these folds count as not done"
      )
      XCTAssertEqual(warnings.count, 3)
      // Done again, it counts again.
      try finish(run, result("c", [[7, 8, 9]]))
      XCTAssertEqual(try run.finishedFolds { _ in }[TaskKey(split: "c")], result("c", [[7, 8, 9]]))
    }
  }

  func testLogitsComeBackBitForBit() throws {
    try withTemporaryDirectory { directory in
      let run = RunDirectory(directory)
      var random = SeededGenerator(seed: 8)
      let logits = (0..<300).map { _ in
        (0..<3).map { _ -> Float in
          let value = Float(bitPattern: UInt32.random(in: 0...(.max), using: &random))
          return value.isFinite ? value : 0
        }
      }
      try finish(run, result("a", logits))
      let read = try XCTUnwrap(try run.finishedFolds { XCTFail($0) }[TaskKey(split: "a")])
      XCTAssertEqual(
        read.logits.joined().map(\.bitPattern), logits.joined().map(\.bitPattern))
    }
  }

  func testNumbersThatAreNotFiniteAreRefused() throws {
    try withTemporaryDirectory { directory in
      let run = RunDirectory(directory)
      for bad in [Float.nan, .infinity] {
        XCTAssertEqual(
          errorText { try run.write(result("a", [[bad, 0, 0]])) },
          run.resultPath(TaskKey(split: "a")) + ": the result holds a number that is not finite")
      }
      XCTAssertFalse(FileManager.default.fileExists(atPath: run.resultPath(TaskKey(split: "a"))))
    }
  }

  func testEverySubjectHasADirectoryOfItsOwnInsideTheRun() throws {
    try withTemporaryDirectory { directory in
      let run = RunDirectory(directory)
      let subjects = [
        "sub01", "006", "..", ".", "...", "a/b", "a+b", "a%2Fb", "A/B", "ä", "a b", "../../escape",
        "%",
        "%25", "new\nline", "-", "~",
      ]
      for subject in subjects { try finish(run, result(subject)) }
      XCTAssertEqual(
        Set(try run.finishedFolds { XCTFail($0) }.keys), Set(subjects.map { TaskKey(split: $0) }))
      XCTAssertEqual(try names(in: directory + "/folds").count, subjects.count)
      XCTAssertEqual(Set(try names(in: directory)), ["folds", "ledger.jsonl"])
      XCTAssertEqual(run.path(of: TaskKey(split: "samm/6")), directory + "/folds/samm+6")
      XCTAssertEqual(run.path(of: TaskKey(split: "samm+6")), directory + "/folds/samm%2B6")
    }
  }

  /// The first setting and the first seed have the short names; no two tasks share a directory.
  func testFoldsOfFurtherSeedsAndSettingsHaveDirectoriesOfTheirOwn() throws {
    try withTemporaryDirectory { directory in
      let run = RunDirectory(directory)
      let paths: [(TaskKey, String)] = [
        (TaskKey(split: "s1"), "folds/s1"),
        (TaskKey(seed: 2, split: "s1"), "seed-2/folds/s1"),
        (TaskKey(setting: "dim=24, a/b", split: "s1"), "settings/dim%3D24%2C%20a+b/folds/s1"),
        (TaskKey(setting: "seed-2", seed: 2, split: "s1"), "settings/seed-2/seed-2/folds/s1"),
        (TaskKey(setting: "folds", split: "s1"), "settings/folds/folds/s1"),
      ]
      var results: [TaskKey: TaskResult] = [:]
      for (task, path) in paths {
        XCTAssertEqual(run.path(of: task), directory + "/" + path)
        var result = result("s1")
        result.task = task
        try finish(run, result)
        results[task] = result
      }
      XCTAssertEqual(try run.finishedFolds { XCTFail($0) }, results)
      for (task, _) in paths {
        try Data().write(to: URL(fileURLWithPath: run.resultPath(task) + ".7.tmp"))
      }
      try run.removeLeftovers()
      for (task, _) in paths { XCTAssertEqual(try names(in: run.path(of: task)), ["result.json"]) }
      for (task, _) in paths {
        XCTAssertTrue(try run.holdsResults)
        try FileManager.default.removeItem(atPath: run.path(of: task))
      }
      XCTAssertFalse(try run.holdsResults)
    }
  }

  func testAFoldIsFoundByItsNameOrByItsPerson() {
    let clips: [LedgerRecord.ClipTruth] = [
      .init(dataset: "samm", subject: "6", clip: "c", truth: 0, fold: "samm/6"),
      .init(dataset: "smic", subject: "6", clip: "c", truth: 0, fold: "smic/6"),
      .init(dataset: "smic", subject: "s1", clip: "c", truth: 0, fold: "s1"),
      .init(dataset: "smic", subject: "s2", clip: "c", truth: 0, fold: "s2"),
    ]
    let job = LedgerRecord.JobStarted(
      time: "", program: "", configurationSHA256: "", dataSHA256: "", protocols: [], classes: 3,
      clips: clips,
      tasks: ["samm/6", "s1", "s2"].map { TaskKey(split: $0) },
      machine: .init(
        hosts: [], ranks: 1, groups: [], threadsPerRank: 1, cpu: "", kernel: "", mpi: ""))
    let folds: [(String, String?)] = [
      ("samm/6", "samm/6"), ("s1", "s1"), ("smic/s1", "s1"), ("smic/s2", "s2"), ("6", nil),
      ("smic/6", nil), ("samm/s1", nil),
    ]
    for (text, fold) in folds {
      XCTAssertEqual(job.split(named: text), fold, text)
    }
  }

  func testAPathThatCannotBeARunIsRefused() throws {
    try withTemporaryDirectory { directory in
      let file = directory + "/file"
      try Data("x".utf8).write(to: URL(fileURLWithPath: file))
      XCTAssertEqual(
        errorText { try RunDirectory(file).prepare() },
        file + ": is a file; name a directory for the run with --run")
      XCTAssertEqual(
        errorText { try RunDirectory(file + "/run").prepare() }?.hasPrefix(
          file + "/run: cannot be made: "), true)
      XCTAssertEqual(
        errorText { try RunDirectory(directory).configuration() },
        directory + "/config.yaml: is missing")
      XCTAssertEqual(
        errorText { try RunDirectory(directory).requireRun() },
        directory + ": is no run directory: it has neither config.yaml nor ledger.jsonl")
      let run = RunDirectory(directory + "/deep/run")
      try run.prepare()
      XCTAssertEqual(try names(in: run.path), [])
      XCTAssertFalse(try run.holdsRun)
      try run.setConfiguration("model:\n")
      XCTAssertTrue(try run.holdsRun)
      XCTAssertNoThrow(try run.requireRun())
      XCTAssertEqual(try run.configuration(), "model:\n")
    }
  }

  func testADirectoryOfSomethingElseIsNoRunDirectory() throws {
    try withTemporaryDirectory { directory in
      let run = RunDirectory(directory)
      func touch(_ name: String) throws {
        try Data().write(to: URL(fileURLWithPath: directory + "/" + name))
      }
      // Empty, or with what a shell, Slurm or a killed job of ours has left there.
      XCTAssertNoThrow(try run.prepare())
      for name in [
        "night.log", "slurm-17.out", "slurm-17.err", "notes.txt", ".write-test.7", "lock",
      ] {
        try touch(name)
      }
      XCTAssertNoThrow(try run.prepare())
      let remedy =
        "; name a new or empty directory with --run (files that end in .log, .out, .err, .txt may be "
        + "there)"
      // A configuration is written under the lock, so one alone is somebody's own.
      try touch("config.yaml")
      XCTAssertEqual(
        errorText { try run.prepare() },
        "\(directory): is not empty and holds no run, but \"config.yaml\"" + remedy)
      try touch("thesis.tex")
      let before = Set(try names(in: directory))
      XCTAssertEqual(
        errorText { try run.prepare() },
        "\(directory): is not empty and holds no run, but \"config.yaml\" and 1 more" + remedy)
      XCTAssertEqual(Set(try names(in: directory)), before)
      try touch("ledger.jsonl")
      XCTAssertNoThrow(try run.prepare())
      unlink(directory + "/ledger.jsonl")
      try Data(#"{"host":"gone","pid":1,"since":"then"}"#.utf8).write(
        to: URL(fileURLWithPath: run.lockPath))
      XCTAssertNoThrow(try run.prepare())
    }
  }
}
