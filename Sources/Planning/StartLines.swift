import Job
import MPI

/// The lines that start a planned job, as a shell takes them.
package struct StartLines {
  private let request: TrainRequest
  private let program: String
  private let templates: String
  private let placement: JobForecast.Placement
  private let mpi: Implementation

  /// - Parameters:
  ///   - request: What is to be trained.
  ///   - program: This one, as it was called.
  ///   - templates: The directory of the job templates.
  package init(
    _ request: TrainRequest, program: String, templates: String,
    _ placement: JobForecast.Placement, mpi: Implementation = .built
  ) {
    // The threads that the plan is for stand for what was given.
    var request = request
    request.overrides.removeAll { $0.hasPrefix("\(Self.threadsKey)=") }
    request.overrides.append("\(Self.threadsKey)=\(placement.threads)")
    self.request = request
    self.program = program
    self.templates = templates
    self.placement = placement
    self.mpi = mpi
  }

  /// Two lines: for mpirun, and for Slurm, or why there is none.
  package var text: String { mpirun + "\n" + sbatch }

  /// What stands for a host file where the job needs one and none was named.
  static let hostFile = "HOSTFILE"

  private static let threadsKey = "training.threads_per_rank"

  private var mpirun: String {
    let isMPICH = mpi == .mpich
    var words = [isMPICH ? mpi.mpirun() : "mpirun", "-n", "\(placement.ranks)"]
    if let hosts = placement.hosts?.path ?? (placement.lacksHosts ? Self.hostFile : nil) {
      words += [isMPICH ? "-f" : "--hostfile", hosts] + mpi.silentHostOptions
    }
    // mpirun would bind all threads of a rank to one core.
    if placement.threads > 1, !isMPICH { words += ["--map-by", "slot:PE=\(placement.threads)"] }
    return Self.line(words + [program] + request.arguments)
  }

  private var sbatch: String {
    let template = templates + "/htnet.sbatch"
    guard mpi == .openMPI else {
      return "no sbatch line: \(template) is for Open MPI, and this program is built with MPICH"
    }
    guard let configuration = request.configuration, let data = request.data else {
      return "no sbatch line: \(template) takes a configuration file; name one with --config"
    }
    var words = [
      "sbatch", "--nodes=\(placement.hostCount)",
      "--ntasks=\(placement.ranks)", "--ntasks-per-node=\(placement.ranksOnHost)",
      "--cpus-per-task=\(placement.threads)",
    ]
    if let wallTime = placement.wallTime {
      words.append("--time=\(Int((wallTime.seconds / 60).rounded(.up)))")
    }
    words += [template, configuration, data, request.run]
    // Otherwise the template takes another htnet, if one is on the PATH.
    return "HTNET=" + Self.quoted(program) + " "
      + Self.line(words + request.overrides.flatMap { ["--set", $0] })
  }

  private static func line(_ words: [String]) -> String {
    words.map(quoted).joined(separator: " ")
  }

  /// A word as a shell takes it.
  private static func quoted(_ word: String) -> String {
    let isPlain = word.allSatisfy {
      $0.isASCII && ($0.isLetter || $0.isNumber || "-_./=,:".contains($0))
    }
    return isPlain && !word.isEmpty ? word : "'" + word.replacing("'", with: "'\\''") + "'"
  }
}
