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
  /// CPU and kernel of products of each rank.
  private let machines: [String]
  /// A digest of each rank's own command.
  private let arguments: [String]
  /// Every host's, in order of its first rank.
  private let loads: [HostLoad]

  /// Collective.
  init(
    _ environment: Environment, _ cores: HostCores, threads: Int, products: ProductKernel,
    arguments: [String]
  ) throws {
    let world = environment.world
    hosts = try world.allGather(text: Place.host)
    machines = try world.allGather(text: "\(MachineFacts.cpu), \(products.description)")
    self.arguments = try world.allGather(
      text: SHA256.hexadecimal(of: try JSONEncoder().encode(arguments)))
    let onHost = environment.onHost
    let total = try onHost.allGather([threads]).reduce(0) { $0 + $1[0] }
    let own = [onHost.rank, cores.ranks, total, cores.cores]
    loads = try zip(hosts, world.allGather(own)).compactMap { host, numbers in
      guard numbers[0] == 0 else { return nil }
      return HostLoad(host: host, ranks: numbers[1], threads: numbers[2], cores: numbers[3])
    }
  }

  /// Whether all are of one kind, so that a fold may move from rank to rank.
  var isOfOneKind: Bool { Set(machines).count <= 1 }

  /// What a user should know of them.
  var warnings: [String] {
    var warnings: [String] = []
    if let other = machines.firstIndex(where: { $0 != machines[0] }) {
      warnings.append(
        "rank \(other) on \(hosts[other]) is another kind of machine (\(machines[other])) than rank 0 "
          + "(\(machines[0])): the same bits are promised for one kind only, and no rank joins another group"
      )
    }
    if let other = arguments.firstIndex(where: { $0 != arguments[0] }) {
      warnings.append(
        "rank \(other) on \(hosts[other]) was started with other arguments, which do not count: the job "
          + "is what rank 0 was asked for")
    }
    if let load = HostLoad.warning(loads) { warnings.append(load) }
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
