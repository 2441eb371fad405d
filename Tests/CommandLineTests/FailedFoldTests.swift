import Foundation
import TestSupport
import XCTest

/// A fold that fails by its own numbers is one fold's failure.
final class FailedFoldTests: CommandLineTestCase {
  private func launch(_ ranks: Int?, _ arguments: [String]) throws -> Ended {
    try run(command(ranks: ranks, arguments), environment: Mpirun.environment)
  }

  private func weightsHash(_ run: String, _ subject: String) throws -> String {
    let result = try XCTUnwrap(RunFiles(path(run)).results[subject])
    let object = try XCTUnwrap(JSONSerialization.jsonObject(with: result) as? [String: Any])
    return try XCTUnwrap(object["weights_sha256"] as? String)
  }

  /// The last line, of a run of two failed folds in the order of `failed`.
  private func assertSummary(
    _ ended: Ended, _ failed: [String], file: StaticString = #filePath, line: UInt = #line
  ) {
    XCTAssertEqual(ended.status, 76, ended.errors, file: file, line: line)
    let causes = failed.map { "\($0) (\(DivergingRun.cause))" }.joined(separator: ", ")
    XCTAssertTrue(
      ended.errors.contains(
        "htnet: 2 folds failed: \(failed.joined(separator: ", ")); 1 of 3 folds are finished, and no "
          + "other is left: \(causes); lower training.learning_rate, or look for bad pixels, with "
          + "another run directory\n"), ended.errors, file: file, line: line)
  }

  func testOthersAreTrainedWhileSomeFail() throws {
    let run = try DivergingRun(self)
    assertSuccess(try launch(nil, run.arguments("healthy", ["folds.include=s1"])))
    for (name, ranks, settings) in [
      ("alone", nil, []), ("two", 2, []), ("together", 2, ["cluster.ranks_per_fold=2"]),
      ("best", 2, ["evaluation.protocols=[last-epoch]"]),
    ] as [(String, Int?, [String])] {
      let ended = try launch(ranks, run.arguments(name, settings))
      let files = RunFiles(path(name))
      let failures = try files.ledger().filter { $0["event"] as? String == "fold-failed" }
      let subjects = failures.compactMap(RunFiles.split)
      XCTAssertEqual(Set(subjects), Set(DivergingRun.failing), ended.errors)
      assertSummary(ended, subjects)
      for failure in failures {
        XCTAssertEqual(failure["epoch"] as? Int, 1)
        XCTAssertEqual(failure["step"] as? Int, 3)
        XCTAssertEqual(
          failure["reason"] as? String,
          "the loss is nan, and the gradient of to_patch_embedding.1.weight is not finite")
        XCTAssertEqual(
          Set(failure.keys),
          ["event", "time", "task", "epoch", "step", "reason", "cpu", "kernel", "sum"])
        let job = try XCTUnwrap(files.ledger().first?["machine"] as? [String: Any])
        XCTAssertEqual(failure["cpu"] as? String, job["cpu"] as? String)
        XCTAssertEqual(failure["kernel"] as? String, job["kernel"] as? String)
      }
      XCTAssertEqual(try files.subjects("fold-finished"), ["s1"])
      XCTAssertEqual(try files.subjects("fold-started").count, 3)
      XCTAssertEqual(try files.events().last, "job-stopped")
      XCTAssertEqual(try weightsHash(name, "s1"), try weightsHash("healthy", "s1"))
    }
  }

  func testReportAndInspectTellFailedFoldsFromMissingOnes() throws {
    let run = try DivergingRun(self)
    // Stopped in its first step, so that the first fold has a checkpoint from before it fails.
    let stopped = try self.run(
      [Self.binary] + run.arguments("run"),
      environment: fault("write", 2, "usr1", in: path("run/ledger.jsonl")))
    XCTAssertEqual(stopped.status, 75, stopped.errors)
    let ended = try launch(nil, run.arguments("run"))
    XCTAssertTrue(
      ended.errors.contains("fold sub01 goes on after epoch 0, step 1\n"), ended.errors)
    assertSummary(ended, DivergingRun.failing)
    let report = try htnet(["report", path("run")])
    let causes = DivergingRun.failing.map { "\($0) (\(DivergingRun.cause))" }
    XCTAssertTrue(
      report.output.hasPrefix(
        "PARTIAL: 1 of 3 folds are finished; scores are of their 22 clips "
          + "alone. Failed: \(causes.joined(separator: ", ")).\n"), report.output)
    let json = try RunFiles(path("run")).reportJSON()
    XCTAssertEqual(json["status"] as? String, "partial")
    XCTAssertEqual(json["missing"] as? [String], [])
    let failed = try XCTUnwrap(json["failed"] as? [[String: Any]])
    XCTAssertEqual(failed.map { $0["subject"] as? String }, DivergingRun.failing)
    XCTAssertEqual(failed.map { $0["epoch"] as? Int }, [1, 1])
    XCTAssertEqual(failed.map { $0["step"] as? Int }, [3, 3])
    let inspected = try htnet(["inspect", path("run"), "--verify"])
    assertSuccess(inspected)
    XCTAssertTrue(
      inspected.output.contains("run: 1 of 3 folds finished, 2 failed; the ledger"),
      inspected.output)
    let exported = try htnet(
      ["export", path("run"), "--fold", "001", "--output", path("out.safetensors")])
    XCTAssertEqual(exported.status, 2)
    XCTAssertEqual(
      exported.errors,
      "htnet: \(path("run")): has no model of fold 001: it failed in \(DivergingRun.cause), before "
        + "its first checkpoint\n")
    // The last good state stays for whoever looks for the cause.
    for (subject, rest) in [
      ("sub01", "; has checkpoints\n +generation 0: in epoch 1 of 3, after step 1,"), ("001", "\n"),
    ] {
      XCTAssertNotNil(
        inspected.output.firstMatch(
          of: try Regex(
            "  \(subject): failed at [-0-9]+T[:0-9]+Z in \(DivergingRun.cause)\(rest)")),
        inspected.output)
    }
    // It goes when the fold begins again, not before: here the job is stopped before that.
    let asked = try self.run(
      [Self.binary] + run.arguments("run", ["training.retry_failed=true"]),
      environment: fault("write", 1, "usr1", in: path("run/ledger.jsonl")))
    XCTAssertEqual(asked.status, 75, asked.errors)
    XCTAssertTrue(
      FileManager.default.fileExists(atPath: RunFiles(path("run")).manifestPath("sub01")))
  }

  func testAFailedFoldIsTrainedAgainOnlyWhenThatIsAskedFor() throws {
    let run = try DivergingRun(self)
    assertSummary(try launch(2, run.arguments("run")), try failedSubjects())
    let files = RunFiles(path("run"))
    let again = try launch(2, run.arguments("run"))
    assertSummary(again, DivergingRun.failing)
    for subject in DivergingRun.failing {
      XCTAssertTrue(
        again.errors.contains(
          "htnet: fold \(subject) failed in an earlier job (\(DivergingRun.cause)) and is not "
            + "trained again, since it would fail in the same way; training.retry_failed=true "
            + "trains it all the same\n"), again.errors)
    }
    XCTAssertEqual(try files.subjects("fold-started").count, 3)

    let asked = try launch(2, run.arguments("run", ["training.retry_failed=true"]))
    XCTAssertEqual(asked.status, 76, asked.errors)
    for subject in DivergingRun.failing {
      XCTAssertTrue(
        asked.errors.contains(
          "htnet: fold \(subject) failed in an earlier job and starts anew: "
            + "training.retry_failed is true\n"), asked.errors)
    }
    XCTAssertEqual(try files.subjects("fold-started").count, 5)
    XCTAssertEqual(try files.subjects("fold-failed").count, 4)
    XCTAssertEqual(try files.subjects("fold-finished"), ["s1"])
  }

  /// What a user asks for once is done once, however often the supervisor starts a job.
  func testASupervisorTriesAFailedFoldOnceWhereThatIsAskedFor() throws {
    let run = try DivergingRun(self)
    // Dies when a second fold is to begin.
    let ended = try self.run(
      [Self.binary] + run.arguments("run", ["training.retry_failed=true"])
        + ["--restarts", "1", "--ranks", "1"],
      environment: environment(fault("write", 4, "kill", in: path("run/ledger.jsonl"))))
    XCTAssertEqual(ended.status, 70, ended.errors)
    let files = RunFiles(path("run"))
    XCTAssertEqual(try files.events().filter { $0 == "job-started" }.count, 2)
    XCTAssertEqual(try files.subjects("fold-started"), DivergingRun.failing)
    XCTAssertEqual(try files.subjects("fold-failed"), DivergingRun.failing)
  }

  private func failedSubjects() throws -> [String] {
    try RunFiles(path("run")).subjects("fold-failed")
  }

  func testASupervisorDoesNotTryAFailedFoldAgain() throws {
    let run = try DivergingRun(self)
    let ended = try launch(nil, run.arguments("run") + ["--restarts", "3", "--ranks", "1"])
    assertSummary(ended, DivergingRun.failing)
    XCTAssertTrue(
      ended.errors.contains(
        "htnet: supervisor: every other fold is finished: more restarts would not help\n"),
      ended.errors)
    XCTAssertEqual(try RunFiles(path("run")).events().filter { $0 == "job-started" }.count, 1)
  }

  /// What the last update spoils is seen by no later loss: it would be no number in the result.
  func testLogitsThatAreNoNumbersFailTheFold() throws {
    let run = try DivergingRun(self, scale: 3e38)
    let ended = try launch(nil, run.arguments("run", ["model.dropout=0", "folds.include=s1"]))
    XCTAssertEqual(ended.status, 76, ended.errors)
    XCTAssertTrue(
      ended.errors.contains(
        "htnet: fold s1 failed in epoch 1, step 18: the test logits after this epoch are not "
          + "finite\n"), ended.errors)
    XCTAssertFalse(ended.errors.contains("cannot be written"), ended.errors)
    XCTAssertFalse(FileManager.default.fileExists(atPath: path("run/folds/s1/result.json")))
  }
}
