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
