import Console
import Foundation
import MPI
import TestSupport
import XCTest

/// Waits for ranks that do not come, and for one that takes long.
///
/// Each test starts this bundle on two ranks, where the last one plays the scene.
final class DeadlineTests: XCTestCase {
  private static let variable = "HTNET_TEST_DEADLINE"

  private func play(_ scene: String) throws -> Ranks.Ended {
    try XCTSkipIf(ProcessInfo.processInfo.environment[Self.variable] != nil, "this is a rank")
    return try Ranks.run(
      "MPITests.DeadlineTests/testOnEveryRank", ranks: 2, environment: [Self.variable: scene])
  }

  private func assertEndsWaiting(
    _ scene: String, for operation: String, file: StaticString = #filePath, line: UInt = #line
  ) throws {
    let ended = try play(scene)
    XCTAssertEqual(ended.status, 71, ended.output, file: file, line: line)
    let words =
      "rank 0 on \(Place.host) waited 8 s for \(operation), at fold sub03, epoch 3, step 12: another "
      + "rank has died"
    XCTAssertTrue(ended.output.contains(words), ended.output, file: file, line: line)
  }

  /// A rank that nobody can wait for any more does not keep the others, nor changes their status.
  func testEndOfMPIHasADeadline() throws {
    try sideBySide([75, 0] as [Int32]) { status in
      let ended = try play("end \(status)")
      // Open MPI's mpirun takes an end without MPI_Finalize for a failure.
      XCTAssertEqual(ended.status, status == 0 && !Mpirun.isMPICH ? 1 : status, ended.output)
      let words =
        "rank 0 on \(Place.host) waited \(Mpirun.isMPICH ? 5 : 8) s for MPI to end; nothing is left to write, so it ends itself "
        + "with status \(status)"
      XCTAssertTrue(ended.output.contains(words), ended.output)
      // What was buffered was written before.
      XCTAssertTrue(ended.output.contains("rank 0 is done\n"), ended.output)
    }
  }

  func testFormingAGroupHasADeadline() throws {
    try assertEndsWaiting("split", for: "all ranks of the job to form the rest")
  }

  func testWhoIsWaitedFor() throws {
    try sideBySide([
      // A rank that shows life is, and one that is stopped is not.
      "life", "stopped",
      // Both are suspended for longer than the deadline, and go on: nobody has died.
      "suspended",
      // Threads of one rank send to one another at the same time.
      "oneself",
      // Ranks of a host are counted without the launcher's variables.
      "host",
    ]) { scene in
      let ended = try play(scene)
      XCTAssertEqual(ended.status, 0, ended.output)
      XCTAssertEqual(ended.passed, 2, ended.output)
    }
  }

  func testWithoutMpirunRanksAreSkippedButFailInContinuousIntegration() throws {
    let nowhere = ["PATH": "/nonexistent"]
    XCTAssertThrowsError(try Ranks.mpirun(nowhere)) { XCTAssertTrue($0 is XCTSkip, "\($0)") }
    for value in ["true", "1"] {
      XCTAssertThrowsError(try Ranks.mpirun(nowhere.merging(["CI": value]) { $1 })) {
        XCTAssertTrue($0 is Ranks.NoMpirun, "\($0)")
      }
    }
  }

  func testOnEveryRank() throws {
    guard let scene = ProcessInfo.processInfo.environment[Self.variable] else {
      throw XCTSkip("runs under mpirun, started by the other tests")
    }
    if scene == "host" {
      for name in Mpirun.hostVariables { unsetenv(name) }
    }
    // For MPI's own start it must be more than a second or two on a busy machine.
    let isEnd = scene.hasPrefix("end") || scene == "split"
    let environment = try Environment(deadline: isEnd ? 8 : 60, overdueStatus: 71)
    let world = environment.world
    switch scene {
    case "host":
      XCTAssertEqual(environment.onHost.size, 2)
      XCTAssertEqual(environment.onHost.rank, world.rank)
    case "end 75", "end 0":
      if world.rank == 1 { sleep(100) }
      print("rank 0 is done")
    case "oneself":
      for count in [1, 100_000] {
        let bytes = [UInt8](repeating: UInt8(world.rank + 1), count: count)
        for _ in 0..<3 { try world.send(bytes, to: world.rank, tag: 3) }
        for _ in 0..<3 { XCTAssertEqual(try world.receive(from: world.rank, tag: 3), bytes) }
      }
    case "split":
      if world.rank == 0 {
        Console.shared.setActivity(Activity(task: "fold sub03", step: (3, 12)))
        _ = try world.split(color: 0, name: "the rest")
      } else {
        // Comes so far that the call itself has to wait.
        try world.barrier()
        sleep(100)
      }
    case "life":
      let hasty = try world.split(color: 0, name: "the hasty", deadline: 2)
      let result = try hasty.perform("counts to six") {
        sleep(6)
        return 6
      }
      XCTAssertEqual(result, world.rank == 0 ? 6 : nil)
      XCTAssertEqual(try hasty.broadcast([9]), [9])
    case "stopped":
      try waitForAStoppedRank(world)
    case "suspended":
      try waitWhileSuspended(world)
    default:
      XCTFail(scene)
    }
    try environment.finalize(status: scene == "end 75" ? 75 : 0)
  }

  private func waitWhileSuspended(_ world: Communicator) throws {
    let processes = try world.allGather([Int(getpid())]).map { "\($0[0])" }
    let hasty = try world.split(color: 0, name: "the hasty", deadline: 6)
    if world.rank == 1 {
      let ranks = processes.joined(separator: " ")
      let shell = Process()
      shell.executableURL = URL(fileURLWithPath: "/bin/sh")
      shell.arguments = ["-c", "kill -STOP \(ranks); sleep 9; kill -CONT \(ranks)"]
      try shell.run()
      // Waiting itself, the first rank is stopped; this one comes a moment after both go on.
      shell.waitUntilExit()
      usleep(200_000)
    }
    try hasty.barrier()
  }

  private func waitForAStoppedRank(_ world: Communicator) throws {
    let processes = try world.allGather([Int(getpid())])
    let hasty = try world.split(color: 0, name: "the hasty", deadline: 1)
    Console.shared.setActivity(Activity(task: "fold sub03"))
    // It goes on when the other says so, with the work that was interrupted.
    let work = { if world.rank == 0 { raise(SIGSTOP) } }
    if world.rank == 0 {
      try hasty.perform("stops", work: work)
    } else {
      XCTAssertThrowsError(try hasty.perform("stops", work: work)) { error in
        guard
          case .timeout(
            "a sign of life of rank 0 of the hasty, which stops", 1, Place.host, _, "fold sub03") =
            error as? MPIError
        else { return XCTFail("\(error)") }
      }
      kill(pid_t(processes[0][0]), SIGCONT)
    }
    try world.barrier()
  }
}
