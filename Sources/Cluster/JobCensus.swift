import Console
import Digest
import Foundation
import Job
import Kernels
import MPI
import RunStore
import Tasks

/// What the ranks of a job run on.
struct JobCensus {
  /// Of each rank.
  let hosts: [String]
  private let kinds: MachineKinds
  /// A digest of each rank's own command.
  private let arguments: [String]
  /// Every host's, in order of its first rank.
  private let loads: [HostLoad]
  private let clocks: ClockComparison

  /// Collective.
  init(
    _ environment: Environment, _ cores: HostCores, threads: Int, products: ProductKernel,
    arguments: [String]
  ) throws {
    let world = environment.world
    hosts = try world.allGather(text: Place.host)
    kinds = MachineKinds(
      hosts: hosts,
      machines: try world.allGather(text: "\(MachineFacts.cpu), \(products.description)"))
    self.arguments = try world.allGather(
      text: SHA256.hexadecimal(of: try JSONEncoder().encode(arguments)))
    let onHost = environment.onHost
    let total = try onHost.allGather([threads]).reduce(0) { $0 + $1[0] }
    let own = [
      onHost.rank, cores.ranks, total, cores.cores, Int((MachineFacts.coreTime ?? 0) * 1000),
    ]
    loads = try zip(hosts, world.allGather(own)).compactMap { host, numbers in
      guard numbers[0] == 0 else { return nil }
      return HostLoad(
        host: host, ranks: numbers[1], threads: numbers[2], cores: numbers[3],
        millicores: numbers[4])
    }
    clocks = try ClockComparison(world, hosts: hosts)
  }

  /// Whether all are of one kind, so that a fold may move from rank to rank.
  var isOfOneKind: Bool { kinds.isOne }

  /// What a user should know of them.
  var warnings: [String] {
    var warnings: [String] = []
    if let kinds = kinds.warning { warnings.append(kinds) }
    if let other = arguments.firstIndex(where: { $0 != arguments[0] }) {
      warnings.append(
        "rank \(other) on \(hosts[other]) was started with other arguments, which do not count: the job "
          + "is what rank 0 was asked for")
    }
    if let load = HostLoad.warning(loads) { warnings.append(load) }
    if let clocks = clocks.warning { warnings.append(clocks) }
    return warnings
  }

  /// The same for the ledger.
  func machine(_ groups: RankGroups, threads: Int, products: ProductKernel)
    -> LedgerRecord.Machine
  {
    LedgerRecord.Machine(
      hosts: hosts, ranks: hosts.count, groups: groups.groups.map(\.ranks),
      threadsPerRank: threads, cpu: MachineFacts.cpu, kernel: products.description,
      mpi: Environment.libraryVersion)
  }
}
