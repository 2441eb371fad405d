import Foundation
import TestSupport
import XCTest

/// `htnet train --restarts`, and two jobs on one run directory.
final class SupervisorTests: SupervisedTestCase {
  /// Half of the ranks are too many to go on without, and rank 0 is needed by all.
  func testKilledRankCostsARestart() throws {
    assertSuccess(try htnet(arguments("undisturbed")))
    for rank in [1, 0] {
      let run = "killed-\(rank)"
      let supervisor = try supervise(run)
      let session = try waitForAFold(supervisor, run)
      let process = try SessionProcesses.rank(rank, in: session)
      XCTAssertFalse(try RunFiles(path(run)).events().contains("run-finished"))
      kill(process, SIGKILL)
      XCTAssertEqual(try supervisor.wait(), 0, supervisor.errors)
      XCTAssertTrue(supervisor.errors.contains("restart 1 of 5"), supervisor.errors)
      XCTAssertFalse(supervisor.errors.contains("restart 2 of 5"), supervisor.errors)
      XCTAssertTrue(supervisor.errors.contains("the run is complete"), supervisor.errors)
      let done = try RunFiles(path(run)).subjects("fold-finished")
      XCTAssertEqual(done.count, Set(done).count, "a fold was done twice: \(done)")
      XCTAssertEqual(SessionProcesses.running(in: session), [:])
      XCTAssertEqual(try report(run), try report("undisturbed"))
    }
  }

  func testSignalStopsTheJobWithoutARestart() throws {
    let supervisor = try supervise("stopped")
    let session = try waitForAFold(supervisor, "stopped")
    supervisor.signal(SIGTERM)
    XCTAssertEqual(try supervisor.wait(), 75, supervisor.errors)
    XCTAssertFalse(supervisor.errors.contains("restart 1"), supervisor.errors)
    XCTAssertEqual(SessionProcesses.running(in: session), [:])
    XCTAssertTrue(try RunFiles(path("stopped")).events().contains("job-stopped"))
    assertSuccess(try htnet(arguments("stopped")))
  }

  func testBadInputIsNotTriedAgain() throws {
    let supervisor = try start(
      [Self.binary] + arguments("bad")
        + ["--restarts", "3", "--ranks", "1", "--set", "training.epochs=0"],
      environment: Mpirun.environment)
    XCTAssertEqual(try supervisor.wait(), 2, supervisor.errors)
    XCTAssertTrue(supervisor.errors.contains("training.epochs"), supervisor.errors)
    XCTAssertFalse(supervisor.errors.contains("job 2"), supervisor.errors)
  }

  func testWhatMpirunIsTold() throws {
    try FileManager.default.createDirectory(
      atPath: path("bin"), withIntermediateDirectories: false)
    try write("#!/bin/sh\nprintf '%s\\n' \"$@\" >'\(path("told"))'\nexit 1\n", to: "bin/mpirun")
    XCTAssertEqual(chmod(path("bin/mpirun"), 0o755), 0)
    let search = path("bin") + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? "")
    let recovery = Mpirun.isMPICH ? [] : ["--enable-recovery", "-x", "HTNET_SUPERVISOR"]
    let keepalive =
      Mpirun.isMPICH
      ? []
      : [("time", 10), ("intvl", 5), ("probes", 3)].flatMap {
        ["--mca", "oob_tcp_keepalive_\($0)", "\($1)"]
      }
    // Whoever sets one of the parameters means it; others may be set besides.
    for (given, variables, expected) in [
      ("--a b", [:], recovery + keepalive + ["-n", "3", "--a", "b"]),
      (
        "--mca oob_tcp_keepalive_time 60", [:],
        recovery + ["-n", "3", "--mca", "oob_tcp_keepalive_time", "60"]
      ),
      (
        "--a b", ["OMPI_MCA_oob_tcp_keepalive_probes": "9"],
        recovery + ["-n", "3", "--a", "b"]
      ),
      (
        "--a b", ["OMPI_MCA_oob_tcp_if_include": "lo"],
        recovery + keepalive + ["-n", "3", "--a", "b"]
      ),
    ] as [(String, [String: String], [String])] {
      unlink(path("told"))
      let ended = try run(
        [Self.binary] + arguments("none")
          + ["--restarts", "0", "--ranks", "3", "--mpirun-args", given],
        environment: variables.merging(["PATH": search]) { $1 })
      XCTAssertEqual(ended.status, 70, ended.errors)
      let told = try String(contentsOfFile: path("told"), encoding: .utf8).split(separator: "\n")
      XCTAssertEqual(told.prefix(expected.count).map(String.init), expected, ended.errors)
      XCTAssertEqual(told.dropFirst(expected.count + 1).first, "train", ended.errors)
    }
  }

  func testMpirunThatIsNotThere() throws {
    let supervisor = try start(
      [Self.binary] + arguments("none") + ["--restarts", "3"], environment: ["PATH": path("none")])
    XCTAssertEqual(try supervisor.wait(), 2, supervisor.errors)
    XCTAssertTrue(supervisor.errors.contains("mpirun cannot be started"), supervisor.errors)
    XCTAssertTrue(supervisor.errors.contains("PATH"), supervisor.errors)
    XCTAssertFalse(FileManager.default.fileExists(atPath: path("none")))
  }

  func testMpirunThatDoesNotBeginIsTriedTwice() throws {
    // MPICH's mpirun would start as many as it is told.
    let refused =
      Mpirun.isMPICH ? ["--ranks", "1", "--mpirun-args=--no-such-option"] : ["--ranks", "9999"]
    let supervisor = try start(
      [Self.binary] + arguments("none") + ["--restarts", "5"] + refused,
      environment: Mpirun.environment)
    XCTAssertEqual(try supervisor.wait(), 70, supervisor.errors)
    for words in [
      "mpirun ended before the run was opened", "restart 1 of 5",
      "mpirun failed to begin the run twice in succession",
    ] {
      XCTAssertTrue(supervisor.errors.contains(words), supervisor.errors)
    }
    XCTAssertEqual(
      supervisor.errors.contains("--mpirun-args=--oversubscribe"), !Mpirun.isMPICH,
      supervisor.errors)
    XCTAssertFalse(supervisor.errors.contains("restart 2 of 5"), supervisor.errors)
    XCTAssertFalse(FileManager.default.fileExists(atPath: path("none")))
  }

  /// By mpirun's status, and by what ssh says of the hosts that mpirun was told of.
  func testWhatIsToBeDoneWhereMpirunBeginsNothing() throws {
    try XCTSkipIf(Mpirun.isMPICH, "MPICH's mpirun says by no status what is the matter")
    for directory in ["bin", "shell"] {
      try FileManager.default.createDirectory(
        atPath: path(directory), withIntermediateDirectories: false)
    }
    try write("#!/bin/sh\nexit \"$HTNET_TEST_STATUS\"\n", to: "bin/mpirun")
    // It reaches every host, and finds a command on none of them that is called so.
    try write("#!/bin/sh\ncase \"$*\" in *\" bare \"*) exit 1 ;; esac\n", to: "shell/ssh")
    for program in ["bin/mpirun", "shell/ssh"] { XCTAssertEqual(chmod(path(program), 0o755), 0) }
    let search = path("bin") + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? "")
    let file = try write("localhost\nnowhere.invalid slots=2\n", to: "hosts")
    let shell = ["OMPI_MCA_plm_rsh_agent": path("shell/ssh") + " -q"]
    let off = "; nowhere.invalid cannot be reached: \"ssh nowhere.invalid true\" "
    let others = ["oversubscribe", "cannot be reached", "orted", "as root set"]
    for (status, given, variables, expected, named) in [
      (255, "--host localhost,nowhere.invalid:2", [:], [off, ", or leave it out of --host\n"], 1),
      (255, "--hostfile \(file)", [:], [off, ", or leave it out of \(file)\n"], 1),
      (255, "--a", [:], ["; a host cannot be reached, or mpirun's daemon there has died"], 1),
      // Whoever is reached is not named.
      (255, "--host full", shell, ["; a host cannot be reached, or mpirun's daemon"], 1),
      (
        127, "--host full,bare", shell,
        ["; bare has no orted, mpirun's daemon, on the PATH", ", or leave it out of --host\n"], 2
      ),
      (127, "--host full", shell, ["; mpirun's daemon, orted, could not be started on a host"], 2),
      (
        1, "--a", Mpirun.environment,
        ["; if it says that there are not enough slots, add --mpirun-args=--over"], 0
      ),
      (137, "--host nowhere.invalid", [:], ["says above why\n"], nil),
    ] as [(Int, String, [String: String], [String], Int?)] {
      let ended = try run(
        [Self.binary] + arguments("none") + ["--restarts", "0", "--mpirun-args", given],
        environment: variables.merging(["PATH": search, "HTNET_TEST_STATUS": "\(status)"]) { $1 })
      XCTAssertEqual(ended.status, 70, ended.errors)
      for words in expected { XCTAssertTrue(ended.errors.contains(words), ended.errors) }
      // mpirun's options are in the log too.
      let advice = ended.errors.components(separatedBy: "says above why").last ?? ""
      for (place, word) in others.enumerated() where place != named {
        XCTAssertFalse(advice.contains(word), "\(status) \(given): \(ended.errors)")
      }
    }
  }

  /// mpirun itself may leave the other ranks waiting for one that it cannot start.
  func testAHostWithoutTheProgramIsNamedBeforeAnythingIsStarted() throws {
    try XCTSkipIf(Mpirun.isMPICH, "what MPICH's mpirun cannot start ends the job")
    for directory in ["bin", "shell"] {
      try FileManager.default.createDirectory(
        atPath: path(directory), withIntermediateDirectories: false)
    }
    try write("#!/bin/sh\ntouch '\(path("started"))'\n", to: "bin/mpirun")
    // The words after the host are for its shell.
    try write(
      "#!/bin/sh\nwhile [ \"$1\" != -- ]; do shift; done\n[ \"$2\" = bare ] || exit 0\n"
        + "cd / && exec sh -c \"$(echo \"$3\" | sed 's|/htnet|/no-htnet|')\"\n", to: "shell/ssh")
    for program in ["bin/mpirun", "shell/ssh"] { XCTAssertEqual(chmod(path(program), 0o755), 0) }
    let search = path("bin") + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? "")
    let ended = try run(
      [Self.binary] + arguments("none")
        + ["--restarts", "5", "--mpirun-args", "--host full,bare,fuller"],
      environment: ["PATH": search, "OMPI_MCA_plm_rsh_agent": path("shell/ssh")])
    XCTAssertEqual(ended.status, 2, ended.errors)
    XCTAssertNotNil(
      ended.errors.firstMatch(
        of:
          /\/htnet is not on bare, or may not be run there: put the same program there, or leave it out of --host\n/
      ),
      ended.errors)
    XCTAssertFalse(FileManager.default.fileExists(atPath: path("started")))
  }

  /// Another start would meet the same.
  func testWhatCannotBeWrittenAtTheStartIsNotTriedAgain() throws {
    try FileManager.default.createDirectory(
      atPath: path("bin"), withIntermediateDirectories: false)
    try write("#!/bin/sh\nexit 74\n", to: "bin/mpirun")
    XCTAssertEqual(chmod(path("bin/mpirun"), 0o755), 0)
    let search = path("bin") + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? "")
    let ended = try run(
      [Self.binary] + arguments("none") + ["--restarts", "5"], environment: ["PATH": search])
    XCTAssertEqual(ended.status, 74, ended.errors)
    XCTAssertTrue(
      ended.errors.contains("nothing was begun: more restarts would not help"), ended.errors)
    XCTAssertFalse(ended.errors.contains("started job 2"), ended.errors)
  }

  /// Hosts that never answer do not keep anybody from stopping.
  func testAStopEndsTheAskingOfHosts() throws {
    try XCTSkipIf(Mpirun.isMPICH, "MPICH's mpirun says by no status what is the matter")
    for directory in ["bin", "shell"] {
      try FileManager.default.createDirectory(
        atPath: path(directory), withIntermediateDirectories: false)
    }
    try write("#!/bin/sh\nexit 255\n", to: "bin/mpirun")
    try write(
      "#!/bin/sh\necho \"$*\" >>'\(path("asked"))'\ncase \"$*\" in *true) exec sleep 300 ;; esac\n",
      to: "shell/ssh")
    for program in ["bin/mpirun", "shell/ssh"] { XCTAssertEqual(chmod(path(program), 0o755), 0) }
    let hosts = ["-oOption=yes"] + (1..<40).map { "silent\($0)" }
    let search = path("bin") + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? "")
    let supervisor = try start(
      [Self.binary] + arguments("none")
        + ["--restarts", "3", "--mpirun-args", "--host \(hosts.joined(separator: ","))"],
      environment: ["PATH": search, "OMPI_MCA_plm_rsh_agent": path("shell/ssh")])
    func asked() -> String { (try? String(contentsOfFile: path("asked"), encoding: .utf8)) ?? "" }
    try supervisor.waitUntil("a question of") { asked().contains(" -- -oOption=yes true\n") }
    supervisor.signal(SIGTERM)
    XCTAssertEqual(try supervisor.wait(), 75, supervisor.errors)
    for words in ["; nothing is known of 40 further hosts\n", "stopped by SIGTERM"] {
      XCTAssertTrue(supervisor.errors.contains(words), supervisor.errors)
    }
    XCTAssertFalse(supervisor.errors.contains("does not end within"), supervisor.errors)
  }

  func testWhatTheSupervisorWaitsFor() throws {
    try sideBySide([assertASlowStartIsNotEnded, assertAnMpirunThatIsLeftAloneIsEnded]) { try $0() }
  }

  /// Rank 0 reads for longer than the supervisor waits for a sign of life.
  private func assertASlowStartIsNotEnded() throws {
    let supervisor = try start(
      [Self.binary] + arguments("slow", ["folds.include=[sub01]"])
        + ["--restarts", "1", "--ranks", "1", "--stall-deadline", "10"],
      environment: environment(fault("read", 1, "slow", in: data)))
    XCTAssertEqual(try supervisor.wait(), 0, supervisor.errors)
    XCTAssertTrue(faultHappened)
    XCTAssertFalse(supervisor.errors.contains("no progress for"), supervisor.errors)
    XCTAssertFalse(supervisor.errors.contains("restart 1 of 1"), supervisor.errors)
  }

  /// An mpirun that hangs when its ranks are gone, as Open MPI's may when they die while they start.
  private func assertAnMpirunThatIsLeftAloneIsEnded() throws {
    try FileManager.default.createDirectory(
      atPath: path("bin"), withIntermediateDirectories: false)
    try write(
      "#!/bin/sh\nmkfifo '\(path("never"))'\nsleep 3\nread word <'\(path("never"))'\n",
      to: "bin/mpirun")
    XCTAssertEqual(chmod(path("bin/mpirun"), 0o755), 0)
    let search = path("bin") + ":/usr/bin:/bin"
    let supervisor = try start(
      [Self.binary] + arguments("none") + ["--restarts", "0"], environment: ["PATH": search])
    XCTAssertEqual(try supervisor.wait(timeout: 60), 70, supervisor.errors)
    XCTAssertTrue(
      supervisor.errors.contains("all that mpirun had started has ended"), supervisor.errors)
  }

  func testOptionsThatDoNotFit() throws {
    for (extra, environment, word) in [
      (["--ranks", "2"], [:], "--restarts"),
      (["--restarts=-1"], [:], "--restarts -1 is below 0"),
      (["--restarts", "-1"], [:], "--restarts -1 is below 0"),
      (["--restarts", "1", "--ranks", "0"], [:], "below 1"),
      (["--restarts", "1", "--ranks", "-2"], [:], "--ranks -2 is below 1"),
      (["--restarts", "1", "--stall-deadline", "0"], [:], "not above 0"),
      (["--restarts", "1", "--stall-deadline", "-9"], [:], "not above 0"),
      (["--restarts", "1"], ["OMPI_COMM_WORLD_SIZE": "2"], "leave out the mpirun or srun"),
      (["--restarts", "1"], ["SLURM_STEP_ID": "0"], "leave out the mpirun or srun"),
      (["--restarts", "1"], ["PMI_RANK": "0"], "leave out the mpirun or srun"),
    ] {
      let ended = try run([Self.binary] + arguments("none") + extra, environment: environment)
      XCTAssertEqual(ended.status, 2, ended.errors)
      XCTAssertTrue(ended.errors.contains(word), ended.errors)
    }
    XCTAssertFalse(FileManager.default.fileExists(atPath: path("none")))
  }

  func testSecondJobIsRefusedAndACrashLeavesNoLock() throws {
    let first = try startHtnet(arguments("shared"))
    try first.waitUntil("a finished fold of") {
      try !RunFiles(path("shared")).subjects("fold-finished").isEmpty
    }
    first.signal(SIGSTOP)
    let second = try htnet(arguments("shared"))
    XCTAssertEqual(second.status, 73, second.errors)
    XCTAssertTrue(second.errors.contains("process \(first.identifier) on "), second.errors)
    first.signal(SIGKILL)
    XCTAssertEqual(try first.wait(), 128 + SIGKILL)
    assertSuccess(try htnet(arguments("shared")))
  }
}
