import Job
import MPI
import Planning
import TestSupport
import XCTest

/// The lines that start a planned job.
final class StartLinesTests: XCTestCase {
  private func lines(
    _ request: TrainRequest, program: String = "/opt/htnet", isMPICH: Bool = false
  ) throws -> [String] {
    try withTemporaryDirectory { directory in
      let path = directory + "/hosts"
      try "node1 slots=4\nnode2 slots=3\n".write(toFile: path, atomically: true, encoding: .utf8)
      let placement = JobForecast.Placement(
        ranks: 7, threads: 2, wallTime: JobTime(seconds: 5401), hosts: try HostFile(path))
      return StartLines(
        request, program: program, templates: "/opt/cluster", placement,
        mpi: isMPICH ? .mpich : .openMPI
      ).text.replacing(path, with: "HOSTS").components(separatedBy: "\n")
    }
  }

  /// A shell hands on what the user has typed, whatever it holds.
  func testWordsAreQuoted() throws {
    let request = TrainRequest(
      configuration: "my configs/a.yaml", data: "it's/data", run: "runs/a",
      overrides: [
        "training.threads_per_rank=auto", "folds.include=[sub03,006]",
        "study={model.dim: [24, 48]}",
      ])
    let settings =
      "--set 'folds.include=[sub03,006]' --set 'study={model.dim: [24, 48]}' --set "
      + "training.threads_per_rank=2"
    XCTAssertEqual(
      try lines(request, program: "/opt/my htnet"),
      [
        "mpirun -n 7 --hostfile HOSTS --mca oob_tcp_keepalive_time 10 --mca oob_tcp_keepalive_intvl 5 "
          + "--mca oob_tcp_keepalive_probes 3 --map-by slot:PE=2 '/opt/my htnet' train --run runs/a "
          + "--config 'my configs/a.yaml' --data 'it'\\''s/data' " + settings,
        "HTNET='/opt/my htnet' sbatch --nodes=2 --ntasks=7 --ntasks-per-node=4 --cpus-per-task=2 "
          + "--time=91 /opt/cluster/htnet.sbatch 'my configs/a.yaml' 'it'\\''s/data' runs/a "
          + settings,
      ])
  }

  /// mpirun refuses more ranks than this host has room for, unless it is told of others.
  func testHostsThatNobodyHasNamed() {
    let cores = MachineFacts.allowedCores.count
    let request = TrainRequest(configuration: "a.yaml", data: "DIR", run: "runs/a", overrides: [])
    func lines(ranks: Int, threads: Int = 1, _ mpi: Implementation = .openMPI) -> [String] {
      StartLines(
        request, program: "/opt/htnet", templates: "/opt/cluster",
        JobForecast.Placement(ranks: ranks, threads: threads, wallTime: nil), mpi: mpi
      ).text.components(separatedBy: "\n")
    }
    let keepalive =
      " --mca oob_tcp_keepalive_time 10 --mca oob_tcp_keepalive_intvl 5 --mca oob_tcp_keepalive_probes 3"
    let most = lines(ranks: cores)
    XCTAssertTrue(most[0].hasPrefix("mpirun -n \(cores) /opt/htnet train "), most[0])
    XCTAssertTrue(most[1].contains(" --nodes=1 "), most[1])
    let more = lines(ranks: cores + 1)
    XCTAssertTrue(
      more[0].hasPrefix(
        "mpirun -n \(cores + 1) --hostfile HOSTFILE" + keepalive + " /opt/htnet train "), more[0])
    XCTAssertTrue(more[1].contains(" --nodes=2 "), more[1])
    // Nor has it room for one rank of more threads than cores.
    let wide = lines(ranks: 1, threads: cores + 1)
    XCTAssertTrue(
      wide[0].hasPrefix(
        "mpirun -n 1 --hostfile HOSTFILE" + keepalive + " --map-by slot:PE=\(cores + 1) /opt/htnet "
      ),
      wide[0])
    let other = lines(ranks: cores + 1, .mpich)
    XCTAssertTrue(
      other[0].contains(" -n \(cores + 1) -f HOSTFILE /opt/htnet train "), other[0])
  }

  /// Where the template cannot start the job, that is said.
  func testWhyThereIsNoSbatchLine() throws {
    var request = TrainRequest(
      configuration: nil, data: "DIR", run: "runs/default", overrides: [])
    XCTAssertEqual(
      try lines(request)[1],
      "no sbatch line: /opt/cluster/htnet.sbatch takes a configuration file; name one with --config"
    )
    request.configuration = "a.yaml"
    let lines = try lines(request, isMPICH: true)
    XCTAssertTrue(
      lines[0].hasSuffix(
        " -n 7 -f HOSTS /opt/htnet train --run runs/default --config a.yaml --data DIR --set "
          + "training.threads_per_rank=2"), lines[0])
    XCTAssertEqual(
      lines[1],
      "no sbatch line: /opt/cluster/htnet.sbatch is for Open MPI, and this program is built with MPICH"
    )
  }
}
