import Foundation
import TestSupport
import XCTest

/// A fold that no group can read is set aside with the reason of each.
final class SetAsideTests: CommandLineTestCase {
  private func arguments(_ data: String) -> [String] {
    ["train", "--data", data, "--run", path("run")]
      + [
        "model.dim=6", "model.block_repeats=1,1,1", "training.batch_size=4", "training.epochs=3",
        "folds.include=sub01",
      ].flatMap { ["--set", $0] }
  }

  /// A run that was stopped after the first step of its only fold.
  private func stoppedRun() throws -> [String] {
    let arguments = arguments(try synthesize(subjects: 3, clips: 2))
    let stopped = try run(
      [Self.binary] + arguments,
      environment: fault("write", 2, "usr1", in: path("run/ledger.jsonl")))
    XCTAssertEqual(stopped.status, 75, stopped.errors)
    return arguments
  }

  func testEveryGroupsReasonIsSaid() throws {
    let arguments = try stoppedRun()
    // Rank 0 fails in one way, the others in another.
    let manifest = path("run/folds/sub01/checkpoint/manifest.json")
    var variables = try fault("read", 1, "eio", in: manifest, stays: true)
    variables["FAULT_KIND"] = nil
    let program = [Self.binary] + arguments + ["--set", "cluster.ranks_per_fold=1"]
    var mpirun = [Mpirun.name] + Mpirun.options(ranks: 3)
    mpirun += ["-n", "1", "env", "FAULT_KIND=eio"] + program
    mpirun += [":", "-n", "2", "env", "FAULT_KIND=emfile"] + program
    let ended = try run(mpirun, environment: environment(variables))
    XCTAssertTrue(faultHappened)
    XCTAssertEqual(ended.status, 74, ended.errors)
    let nothing = "nothing was removed or begun anew"
    for words in [
      "htnet: rank 0: \(manifest): cannot open the file: Input/output error\n",
      "htnet: ranks 1–2: \(manifest): cannot open the file: Too many open files\n",
      "for rank 0: \(nothing): look at the disk or the file server, then run",
      "for ranks 1–2: \(nothing): raise the limit of open files (ulimit -n), then run",
      "htnet: fold sub01 is set aside in this job; for rank",
    ] {
      XCTAssertEqual(ended.errors.components(separatedBy: words).count, 2, ended.errors)
    }
  }

  /// Equal reasons are one.
  func testEqualReasonsAreSaidOnce() throws {
    let arguments = try stoppedRun()
    let manifest = path("run/folds/sub01/checkpoint/manifest.json")
    let ended = try run(
      command(ranks: 3, arguments + ["--set", "cluster.ranks_per_fold=1"]),
      environment: environment(fault("read", 1, "eio", in: manifest, stays: true)))
    XCTAssertEqual(ended.status, 74, ended.errors)
    let reason = "\(manifest): cannot open the file: Input/output error"
    XCTAssertTrue(
      ended.errors.contains(
        "htnet: \(reason)\nhtnet: fold sub01 is set aside in this job; nothing was removed"),
      ended.errors)
    // Once as a warning, when the first group leaves the fold to the others.
    XCTAssertEqual(ended.errors.components(separatedBy: reason).count, 3, ended.errors)
  }
}
