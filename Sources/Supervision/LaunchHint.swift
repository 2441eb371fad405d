import Console
import Foundation
import Lifelines
import MPI
import Wording

/// What keeps Open MPI's mpirun from beginning a run, as its hosts say who are asked by ssh: before a job, or once
/// mpirun has ended before the run was opened.
struct LaunchHint {
  let hosts: NamedHosts?
  private let probe: HostProbe?
  private let environment: [String: String]
  private let isStopped: () -> Bool

  /// How many hosts are named.
  private static let most = 8

  /// - Parameters:
  ///   - arguments: mpirun's.
  ///   - isStopped: Whether nobody waits for what hosts answer any more.
  init(
    _ arguments: [String],
    _ environment: [String: String] = ProcessInfo.processInfo.environment,
    isStopped: @escaping () -> Bool
  ) {
    self.environment = environment
    self.isStopped = isStopped
    hosts = NamedHosts(arguments, environment)
    probe = Self.shell(arguments, environment).map { HostProbe(shell: $0) }
  }

  /// The ssh by which mpirun starts its daemons, with options; nil: it is Slurm, or another shell.
  private static func shell(_ arguments: [String], _ environment: [String: String]) -> [String]? {
    guard environment["SLURM_JOB_ID"] == nil else { return nil }
    let option = arguments.firstIndex { ["plm_rsh_agent", "orte_rsh_agent"].contains($0) }
      .flatMap { arguments.indices.contains($0 + 1) ? arguments[$0 + 1] : nil }
    let agent =
      option ?? environment["OMPI_MCA_plm_rsh_agent"] ?? environment["OMPI_MCA_orte_rsh_agent"]
    // Several are parted by colons: the first one that is there counts.
    let words = (agent ?? "ssh").prefix { $0 != ":" }.split(separator: " ").map(String.init)
    let isSSH = words.first.map { ($0 as NSString).lastPathComponent == "ssh" } ?? false
    return isSSH ? words : nil
  }

  /// The status of the question for a program, which is no shell's and no ssh's.
  private static let without: Int32 = 3

  /// Which hosts have not got a program; nil: none that answers, or there is nobody to ask.
  func hostsWithout(_ program: String) -> String? {
    let quoted = program.replacing("'", with: "'\\''")
    let missing = answers("test -x '\(quoted)' || exit \(Self.without)").failures.filter {
      $0.status == Self.without
    }
    guard !missing.isEmpty else { return nil }
    return
      "\(program) is not on \(named(missing)), or may not be run there: put the same program there, or leave "
      + (missing.count == 1 ? "it" : "them") + " out of \(hosts?.source ?? "")"
  }

  /// What to do where mpirun has ended with a status, for the end of a sentence; empty: nothing is known.
  func words(_ status: Int32) -> String {
    switch status {
    // ssh's own status, and mpirun's when it has lost a daemon.
    case 255, 205: unreachable
    // The remote shell's.
    case 126, 127: withoutDaemon
    case 1...125: refusal
    default: ""
    }
  }

  /// mpirun itself has refused something; what it refuses most often.
  private var refusal: String {
    let allowed = ["OMPI_ALLOW_RUN_AS_ROOT", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"]
    if geteuid() == 0, allowed.contains(where: { environment[$0] == nil }) {
      return "; as root set \(allowed.map { $0 + "=1" }.joined(separator: " and "))"
    }
    return "; if it says that there are not enough slots, add --mpirun-args=--oversubscribe"
  }

  private var unreachable: String {
    let answers = answers("true")
    let failures = answers.failures
    guard let first = failures.first else {
      return
        "; a host cannot be reached, or mpirun's daemon there has died: see to the host that is named "
        + "above, or leave it out"
        + (probe == nil ? "" : "; \"ssh HOST true\" must work there without a question")
        + unknown(answers)
    }
    return "; " + named(failures) + " cannot be reached: " + said(first)
      + "; see to that, or leave "
      + (failures.count == 1 ? "it" : "them") + " out of \(hosts?.source ?? "")" + unknown(answers)
  }

  private var withoutDaemon: String {
    let answers = answers("command -v orted")
    let missing = answers.failures.filter { $0.status != nil && $0.status != 255 }
    let remedy =
      "install Open MPI of the same version there, and see that \"ssh HOST command -v orted\" finds it"
    guard !missing.isEmpty else {
      return "; mpirun's daemon, orted, could not be started on a host: \(remedy)"
        + unknown(answers)
    }
    return "; " + named(missing) + (missing.count == 1 ? " has" : " have")
      + " no orted, mpirun's daemon, on the PATH: \(remedy), or leave "
      + (missing.count == 1 ? "it" : "them") + " out of \(hosts?.source ?? "")" + unknown(answers)
  }

  /// Of the other hosts: mpirun needs no ssh to its own.
  private func answers(_ command: String) -> HostProbe.Answers {
    let own = LifelineOffer.ownAddresses + ["localhost"]
    func short(_ name: String) -> Substring { name.prefix { $0 != "." } }
    let others = (hosts?.names ?? []).filter {
      !own.contains($0) && short($0) != short(Place.host)
    }
    return probe?.answers(of: others, command, isStopped: isStopped) ?? .init()
  }

  private func unknown(_ answers: HostProbe.Answers) -> String {
    answers.unknown == 0
      ? "" : "; nothing is known of \(counted(answers.unknown, "further host"))"
  }

  private func named(_ failures: [HostProbe.Failure]) -> String {
    let names = failures.prefix(Self.most).map(\.host.visible).joined(separator: ", ")
    return names + (failures.count > Self.most ? " and \(failures.count - Self.most) more" : "")
  }

  /// In ssh's own words.
  private func said(_ failure: HostProbe.Failure) -> String {
    let command = "\"ssh \(failure.host.visible) true\""
    guard let status = failure.status else {
      return "\(command) does not end within \(Int(HostProbe.patience)) s"
    }
    return failure.words.isEmpty
      ? "\(command) ends with \(status)" : "\(command) says \"\(failure.words)\""
  }
}
