import Foundation

/// The hosts that Open MPI's mpirun is told of by its options, or by a variable.
public struct NamedHosts: Sendable, Equatable {
  /// Each once.
  public let names: [String]
  /// What names them: a host file's path, or `--host`.
  public let source: String

  private static let lists = ["--host", "-host", "-H"]
  private static let files = [
    "--hostfile", "-hostfile", "--machinefile", "-machinefile", "--default-hostfile",
    "-default-hostfile",
  ]

  /// nil: none is named, as in a scheduler's allocation, or in a file that cannot be read.
  public init?(
    _ arguments: [String],
    _ environment: [String: String] = ProcessInfo.processInfo.environment
  ) {
    func values(_ options: [String]) -> [String] {
      zip(arguments, arguments.dropFirst()).filter { options.contains($0.0) }.map { $0.1 }
    }
    var seen: Set<String> = []
    // Of both mpirun takes the hosts of the list.
    let listed = values(Self.lists).flatMap { $0.split(separator: ",") }.compactMap {
      $0.split(separator: ":").first.map(String.init)
    }
    if !listed.isEmpty {
      names = listed.filter { seen.insert($0).inserted }
      source = "--host"
      return
    }
    let file = values(Self.files).first ?? environment["OMPI_MCA_orte_default_hostfile"]
    guard let file, let hosts = try? HostFile(file).hosts else { return nil }
    names = hosts.map(\.name)
    source = file
  }
}
