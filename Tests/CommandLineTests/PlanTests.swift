import Foundation
import TestSupport
import XCTest

/// What a job will take is said before it is begun.
final class PlanTests: CommandLineTestCase {
  private let settings = [
    "model.dim=6", "model.block_repeats=1,1,1", "training.epochs=40", "training.seeds=1,2",
    "evaluation.protocols=last-epoch,nested", "evaluation.nested.splits=1",
  ].flatMap { ["--set", $0] }

  func testAPlanSaysWhatTheJobConsistsOf() throws {
    let data = try synthesize(subjects: 6)
    let ended = try htnet(
      ["plan", "--data", data, "--ranks", "3", "--walltime", "0:30:00", "--calibration", "0.5"]
        + settings)
    assertSuccess(ended)
    var said: [String: String] = [:]
    for line in ended.output.split(separator: "\n") {
      let parts = line.split(separator: " ", maxSplits: 1)
      if parts.count == 2 { said[String(parts[0])] = parts[1].trimmingCharacters(in: .whitespaces) }
    }
    // 6 folds × 2 seeds × (1 + 1).
    XCTAssertEqual(said["trainings"], "24, of 6 folds")
    XCTAssertEqual(said["ranks"], "3, each with 1 thread: 3 groups of 1 rank")
    XCTAssertTrue(said["waves"]?.hasPrefix("8.0 trainings a group") == true, ended.output)
    XCTAssertEqual(said["network"], "no exchange while a fold is trained")
    XCTAssertEqual(
      said["jobs"],
      "1 of 30:00 one after another, each trains for 27:00 at most: the Slurm template stops it 180 s "
        + "before its end")
    XCTAssertNotNil(
      said["time"]?.firstMatch(of: /^\d+:\d\d ± \d+:\d\d, by training here/), ended.output)
    let mpirun = Mpirun.isMPICH ? Mpirun.name : "mpirun"
    XCTAssertTrue(
      ended.output.contains(" \(Self.binary) train --run runs/default --data \(data) "),
      ended.output)
    // Whether hosts follow depends on this one's cores.
    XCTAssertTrue(ended.output.contains("\n\(mpirun) -n 3 "), ended.output)
    // Nothing was begun.
    XCTAssertFalse(FileManager.default.fileExists(atPath: path("runs")))
  }

  func testAGroupOfSeveralRanksSendsItsPart() throws {
    let data = try synthesize(subjects: 6)
    let ended = try htnet(
      [
        "plan", "--data", data, "--ranks", "4", "--calibration", "0.2", "--set",
        "cluster.ranks_per_fold=2",
      ] + settings)
    assertSuccess(ended)
    XCTAssertNotNil(
      ended.output.firstMatch(of: /network +\d+\.\d MB sent by a rank in each step/), ended.output)
    XCTAssertTrue(ended.output.contains("2 groups of 2 ranks"), ended.output)
    XCTAssertNotNil(
      ended.output.firstMatch(
        of: /speedup +a group of n ranks is taken for 1 \+ 0\.9 \(n - 1\) times as fast as one\n/),
      ended.output)
    XCTAssertNotNil(
      ended.output.firstMatch(of: /groups +2 ranks a fold, as asked/), ended.output)
  }

  func testRanksThatNothingIsLeftForAreSaid() throws {
    let data = try synthesize(subjects: 6)
    let ended = try htnet(
      [
        "plan", "--data", data, "--ranks", "30", "--calibration", "0.2", "--set",
        "training.epochs=2", "--set", "model.dim=6", "--set", "model.block_repeats=1,1,1",
      ])
    assertSuccess(ended)
    XCTAssertTrue(
      ended.output.contains(": 6 groups of 4 ranks and 6 groups of 1 rank\n"), ended.output)
    XCTAssertTrue(ended.output.contains("waves        1.0 trainings a group; "), ended.output)
    XCTAssertTrue(
      ended.output.contains(
        "warning      12 groups of ranks for 6 folds: the other groups have nothing to do; start fewer ranks"
      ),
      ended.output)
    // Of the six that run.
    let sizes = try XCTUnwrap(
      ended.output.firstMatch(
        of: /checkpoints +([0-9.]+) MB before compression, 2 of each running fold: ([0-9.]+) MB/),
      ended.output)
    XCTAssertEqual(
      try XCTUnwrap(Double(sizes.2)), 12 * (try XCTUnwrap(Double(sizes.1))), accuracy: 0.7)
  }

  /// More threads than this host has cores are taken as fast as those that it has.
  func testThreads() throws {
    let data = try synthesize(subjects: 6)
    let ended = try htnet(
      ["plan", "--data", data, "--ranks", "4:64", "--calibration", "0.2"] + settings)
    assertSuccess(ended)
    XCTAssertTrue(
      ended.output.contains("as this host has no more cores; 64 are faster"), ended.output)
    XCTAssertNotNil(
      ended.output.firstMatch(
        of: /\nhosts +4 with 64 cores each, where this one has \d+: .+ for HOSTFILE below\n/),
      ended.output)
    XCTAssertTrue(
      ended.output.contains(
        Mpirun.isMPICH
          ? "\n\(Mpirun.name) -n 4 -f HOSTFILE \(Self.binary) train"
          : "\nmpirun -n 4 --hostfile HOSTFILE --mca oob_tcp_keepalive_time 10 --mca "
            + "oob_tcp_keepalive_intvl 5 --mca oob_tcp_keepalive_probes 3 --map-by slot:PE=64 "
            + "\(Self.binary) train"),
      ended.output)
    XCTAssertNotNil(
      ended.output.firstMatch(of: /groups +best chosen while it runs/),
      ended.output)
  }

  /// What an earlier run took is what a job is reckoned by.
  func testFromALedger() throws {
    let data = try synthesize(subjects: 4)
    let run = path("run")
    let common = ["--data", data] + settings
    assertSuccess(
      try htnet(["train", "--run", run] + common + ["--set", "training.threads_per_rank=1"]))
    let plan = ["plan", "--from", run] + common
    let ended = try htnet(plan)
    assertSuccess(ended)
    XCTAssertTrue(
      ended.output.contains("by the ledger of \(run): 16 trainings in one go"), ended.output)
    // Twice the epochs take twice as long: by what was there, not by a new measurement.
    let seconds = try RunFiles(run).ledger().compactMap { $0["seconds"] as? Double }.reduce(0, +)
    let longer = try htnet(plan + ["--set", "training.epochs=4000"])
    assertSuccess(longer)
    let said = try XCTUnwrap(longer.output.firstMatch(of: /time +(\d+):(\d\d) ±/), longer.output)
    let total = try XCTUnwrap(Double(said.1)) * 60 + XCTUnwrap(Double(said.2))
    XCTAssertEqual(total, 100 * seconds, accuracy: 2 + seconds)
    // Seeds that pairs of ranks have trained say how much faster they are.
    assertSuccess(
      try htnet(
        ranks: 2,
        ["train", "--run", run] + common + [
          "--set", "training.threads_per_rank=1", "--set", "cluster.ranks_per_fold=2", "--set",
          "training.seeds=1,2,3",
        ]))
    let pairs = try htnet(plan + ["--ranks", "2", "--set", "training.seeds=1,2,3"])
    assertSuccess(pairs)
    XCTAssertNotNil(
      pairs.output.firstMatch(
        of: /speedup +2 ranks \d+\.\d\d times as fast as one, by the ledger\n/),
      pairs.output)
    for (more, words) in [
      (
        ["--set", "model.dim=12"],
        "\(run): was of another configuration: model.dim is 6 there and 12 here"
      ),
      (["--ranks", "1:2"], "in one go with 2 threads a rank (it had 1 thread)"),
      (["--from", path("none")], "none: is no run directory"),
    ] {
      let refused = try htnet(plan + more)
      XCTAssertEqual(refused.status, 2, refused.errors)
      XCTAssertTrue(refused.errors.contains(words), refused.errors)
    }
  }

  func testHostsGiveRanksAndLinesToPaste() throws {
    let data = try synthesize(subjects: 3)
    let config = try write(
      """
      model: {dim: 12, heads: 3, hierarchies: 3, block_repeats: [1, 1, 1]}
      training: {epochs: 2, batch_size: 8}
      """, to: "tiny.yaml")
    let hosts = try write("node1 slots=2\nnode2 slots=1\n", to: "hosts")
    let plan = [
      "plan", "--config", config, "--data", data, "--hosts", hosts, "--calibration", "0.2",
    ]
    let ended = try htnet(plan + ["--walltime", "2:30:00"])
    assertSuccess(ended)
    for line in [
      #/ranks +3, each with 1 thread: 3 groups of 1 rank/#, #/hosts +2: node1 \(2\), node2 \(1\)/#,
      #/memory +[0-9.]+ MB a rank, [0-9.]+ MB on a host of 2 ranks/#,
    ] {
      XCTAssertNotNil(ended.output.firstMatch(of: line), ended.output)
    }
    let trained =
      "\(Self.binary) train --run runs/tiny --config \(config) --data \(data) --set "
      + "training.threads_per_rank=1\n"
    // MPICH's mpirun has other options, and no template.
    let lines =
      Mpirun.isMPICH
      ? ["\n\(Mpirun.name) -n 3 -f \(hosts) " + trained]
      : [
        "\nmpirun -n 3 --hostfile \(hosts) --mca oob_tcp_keepalive_time 10 --mca oob_tcp_keepalive_intvl 5 "
          + "--mca oob_tcp_keepalive_probes 3 " + trained,
        "\nHTNET=\(Self.binary) sbatch --nodes=2 --ntasks=3 --ntasks-per-node=2 --cpus-per-task=1 "
          + "--time=150 cluster/htnet.sbatch \(config) \(data) runs/tiny --set "
          + "training.threads_per_rank=1\n",
      ]
    for line in lines {
      XCTAssertTrue(ended.output.contains(line), ended.output)
    }
    let refused = try htnet(plan + ["--ranks", "4"])
    XCTAssertEqual(refused.status, 2)
    XCTAssertTrue(
      refused.errors.contains("--ranks 4: \(hosts) has room for 3 ranks"), refused.errors)
  }

  /// The lines start what was planned, from a shell, whatever its words hold.
  func testTheLinesCanBePasted() throws {
    let data = try synthesize("my data's", subjects: 3)
    let config = try write(
      """
      model: {dim: 6, heads: 3, hierarchies: 3, block_repeats: [1, 1, 1]}
      training: {batch_size: 8}
      """, to: "tiny.yaml")
    let cluster = ((#filePath as NSString).deletingLastPathComponent as NSString)
      .appendingPathComponent("../../cluster")
    // Slurm's part of the line is left out.
    let sbatch = try write(
      """
      #!/bin/sh
      while [ "${1#--}" != "$1" ]; do shift; done
      exec bash "$@"
      """, to: "sbatch")
    chmod(sbatch, 0o755)
    let variables = ProcessInfo.processInfo.environment
    let environment = Mpirun.environment.merging([
      "HTNET_CLUSTER": cluster, "PATH": scratch + ":" + (variables["PATH"] ?? ""),
    ]) { $1 }
    let planned = try run(
      [
        Self.binary, "plan", "--config", config, "--data", data, "--calibration", "0.1", "--set",
        "training.epochs=3", "--set", "data.class_names=[bad, so so, good]",
      ], environment: environment)
    assertSuccess(planned)
    let lines = planned.output.split(separator: "\n").map(String.init).suffix(2)
    let mpirun = try XCTUnwrap(lines.first)
    XCTAssertTrue(mpirun.contains("mpirun"), planned.output)
    assertSuccess(try run(["sh", "-c", mpirun], environment: environment))
    XCTAssertEqual(try RunFiles(path("runs/tiny")).events().last, "run-finished")
    guard !Mpirun.isMPICH else { return }
    // The same configuration: another one is refused.
    let again = try run(["sh", "-c", XCTUnwrap(lines.last)], environment: environment)
    assertSuccess(again)
    XCTAssertTrue(again.output.contains("Complete: 3 folds"), again.output + again.errors)
  }

  /// A pipe's path is gone when the line is pasted.
  func testAConfigurationThatComesThroughAPipe() throws {
    let data = try synthesize(subjects: 3)
    let command =
      "echo 'model: {dim: 6, block_repeats: [1, 1, 1]}' | \(Self.binary) plan --config /dev/stdin "
      + "--data \(data) --calibration 0.1"
    let ended = try run(["sh", "-c", command])
    assertSuccess(ended)
    XCTAssertTrue(
      ended.output.contains(" train --run runs/NAME --config CONFIG.yaml --data \(data) "),
      ended.output)
    XCTAssertTrue(
      ended.output.hasSuffix(
        "--config is a pipe: put the file's name for CONFIG.yaml, and the run's for NAME\n"),
      ended.output)
  }

  func testBadPlans() throws {
    let data = try synthesize(subjects: 3)
    for (arguments, message) in [
      (["--ranks", "0"], "--ranks 0 is not of the form N or N:threads, such as 16:4"),
      (["--ranks", "4:"], "--ranks 4: is not of the form N or N:threads, such as 16:4"),
      (["--walltime", "90"], "--walltime 90 is not of the form h:mm:ss, such as 8:00:00"),
      (
        ["--walltime", "1:75:00"], "--walltime 1:75:00 is not of the form h:mm:ss, such as 8:00:00"
      ),
      (["--walltime", "0:00"], "--walltime 0:00 is no time"),
      (
        ["--walltime", "0:03:00"],
        "--walltime 0:03:00 leaves nothing to train: cluster/htnet.sbatch has a job stop 180 s before its "
          + "end; give more, or plan without --walltime and submit with a shorter notice, such as sbatch "
          + "--signal=B:USR1@60 for 60 s"
      ),
      (["--calibration", "0"], "--calibration 0.0 is not above 0 and at most 3600"),
      (["--set", "training.epochs=0"], "training.epochs: 0 is not in 1 … 1000000"),
    ] {
      let ended = try htnet(["plan", "--data", data] + arguments)
      XCTAssertEqual(ended.status, 2, ended.errors)
      XCTAssertTrue(ended.errors.contains(message), ended.errors)
    }
  }
}
