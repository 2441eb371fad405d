import Configuration
import Files
import Tasks
import Foundation
import MPI
import RunStore
import TensorCore

/// A job of `htnet train`: every rank of mpirun runs this, or one process alone.
public enum TrainingJob {
  /// - Parameters:
  ///   - version: The program's, for the ledger.
  ///   - deadline: Seconds after which a rank that waits for others gives up.
  /// - Returns: The status to exit with.
  public static func run(_ request: TrainRequest, version: String, deadline: Double = 600) -> Int32
  {
    // Before anything that takes time: a signal that comes early must not kill the job either.
    let stop = StopSignal()
    // A process that nobody launched as a rank need not start MPI to find that its input is wrong.
    var alone: Preparation?
    if !Environment.isLaunched {
      do {
        alone = try stop.endingAtOnce { () throws(Preparation.Refusal) in
          try Preparation(request, worldSize: 1)
        }
      } catch {
        return error.status
      }
    }
    let environment: Environment
    do {
      environment = try Environment(deadline: deadline, overdueStatus: ExitStatus.failure)
    } catch {
      complain("\(error)")
      return ExitStatus.failure
    }
    do {
      let status = try run(request, version, environment, stop, prepared: alone)
      try environment.finalize()
      return status
    } catch {
      // A rank that ends alone leaves its peers waiting: the whole job ends.
      complain("[rank \(environment.world.rank) host \(Environment.host)] \(error)")
      let status: Int32
      if let failure = error as? FileError {
        complain("\(FileError.remedy(failure.code)), then run the same command again")
        status = ExitStatus.cannotWrite
      } else {
        status = ExitStatus.failure
      }
      guard environment.world.size > 1 else { return status }
      environment.abort(status: status)
    }
  }

  private static func run(
    _ request: TrainRequest, _ version: String, _ environment: Environment, _ stop: StopSignal,
    prepared: Preparation?
  ) throws -> Int32 {
    let world = environment.world
    var mine = prepared
    var refusal: Preparation.Refusal?
    let prepare = {
      if mine == nil {
        do throws(Preparation.Refusal) {
          mine = try Preparation(
            request, worldSize: world.size, ranksOnHost: environment.onHost.size)
        } catch {
          refusal = error
        }
      }
      return try mine?.plan.serialized() ?? []
    }
    let content = try world.perform(
      "reads and checks what the user gave",
      everyMinute: { complain("still reading and checking the input, after \($0) min") },
      work: prepare)
    let bytes = try world.broadcast(content ?? [])
    if bytes.isEmpty { return try world.broadcast(message: refusal?.status) }
    // Before the ranks' next exchange: so no rank trains that took its lock after rank 0's death.
    let rankLock =
      world.rank == 0
      ? nil
      : try RankLock(RunDirectory(request.run)) {
        complain("warning: [rank \(world.rank) host \(Environment.host)] \($0)")
      }
    defer { withExtendedLifetime(rankLock) {} }
    let plan = try mine?.plan ?? RunPlan(serialized: bytes)
    let opening = mine?.opening
    let open = opening?.open(plan).count ?? 0
    let layout = try world.broadcast(
      message: opening.map { _ in
        try RankGroups(
          worldSize: world.size, plan.configuration.cluster, folds: max(open, 1),
          gradientShards: plan.configuration.training.gradientShards
        ).groups.map { [$0.lowerBound, $0.upperBound] }
      })
    let groups = RankGroups(groups: layout.map { $0[0]..<$0[1] })
    let cores = try HostCores(environment.onHost)
    let threads = plan.configuration.training.threadsPerRank ?? cores.threads
    let products = try ProductKernel.best(plan.configuration.training.precision)
    let group = groups.group(of: world.rank)
    let communicator = try world.split(
      color: group ?? groups.groups.count, name: group.map { "group \($0)" } ?? "the coordinator")
    func all(_ text: String) throws -> [String] {
      try world.allGather(Array(text.utf8.prefix(128)).padded(to: 128)).map {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
    }
    let hosts = try all(Environment.host)
    let machines = try all("\(MachineFacts.cpu), \(products.description)")
    if world.rank == 0, let other = machines.firstIndex(where: { $0 != machines[0] }) {
      complain(
        "warning: rank \(other) on \(hosts[other]) is another kind of machine (\(machines[other])) "
          + "than rank 0 (\(machines[0])): the same bits are promised for one kind only")
    }
    let loads = try hostLoads(world, environment.onHost, cores, threads: threads, hosts: hosts)
    if world.rank == 0, let warning = HostLoad.warning(loads) { complain("warning: \(warning)") }

    var service: CoordinatorThread?
    if let opening {
      try opening.begin(plan)
      let ledger = try LedgerWriter(path: opening.directory.ledgerPath)
      try ledger.append(
        .jobStarted(
          jobRecord(
            plan, version, configurationSHA256: try opening.directory.configurationSHA256(),
            hosts: hosts, groups: groups, threads: threads, products: products)))
      let coordinator = Coordinator(
        world: world, plan: plan, layout: groups, opening: opening, ledger: ledger, stop: stop,
        hosts: hosts)
      service = CoordinatorThread(coordinator, environment)
    }
    if let group {
      try Worker(
        world: world, group: communicator, groupIndex: group, plan: plan,
        directory: RunDirectory(request.run), stop: stop,
        context: ComputeContext(threads: threads, products: products)
      ).run()
    }
    try communicator.free()
    let status: Int32? = service.map {
      switch $0.wait() {
      case .complete: ExitStatus.success
      case .stopped: ExitStatus.stopped
      case .filesFailed: ExitStatus.cannotWrite
      case .foldsFailed: ExitStatus.foldsFailed
      }
    }
    let common = try world.broadcast(message: status)
    try world.requireSilence()
    return common
  }

  /// Every host's load, in order of its first rank. Collective.
  private static func hostLoads(
    _ world: Communicator, _ onHost: Communicator, _ cores: HostCores, threads: Int,
    hosts: [String]
  ) throws -> [HostLoad] {
    let total = try onHost.allGather([Double(threads)]).reduce(0) { $0 + Int($1[0]) }
    let numbers = [onHost.rank, cores.ranks, total, cores.cores].map(Double.init)
    return try zip(hosts, world.allGather(numbers)).compactMap { host, numbers in
      let numbers = numbers.map { Int($0) }
      guard numbers[0] == 0 else { return nil }
      return HostLoad(host: host, ranks: numbers[1], threads: numbers[2], cores: numbers[3])
    }
  }

  private static func jobRecord(
    _ plan: RunPlan, _ version: String, configurationSHA256: String, hosts: [String],
    groups: RankGroups, threads: Int, products: ProductKernel
  ) -> LedgerRecord.JobStarted {
    let folds = plan.dataset.foldNames
    return LedgerRecord.JobStarted(
      time: Coordinator.now, program: "htnet \(version)",
      configurationSHA256: configurationSHA256,
      dataSHA256: plan.dataset.digest, initialWeightsSHA256: plan.initialWeightsSHA256,
      initialWeightsPersons: plan.start?.persons.sorted(),
      protocols: plan.configuration.evaluation.protocols,
      classes: plan.configuration.model.classes,
      clips: plan.dataset.clips.map {
        .init(
          dataset: $0.dataset, subject: $0.subject, clip: $0.name, truth: $0.label,
          fold: folds[$0.person])
      }, subjects: plan.folds.map(\.subject),
      machine: .init(
        hosts: hosts, ranks: hosts.count, groups: groups.groups.map(Array.init),
        threadsPerRank: threads, cpu: MachineFacts.cpu, kernel: products.description,
        mpi: Environment.libraryVersion))
  }

  /// One line on standard error.
  static func complain(_ text: String) {
    FileHandle.standardError.write(Data("htnet: \(text.visible)\n".utf8))
  }
}

/// The coordinator's thread on rank 0.
private final class CoordinatorThread: @unchecked Sendable {
  // Unchecked: `ending` is written before the semaphore is signalled and read after it was waited for.
  private var ending = Coordinator.Ending.stopped
  private let finished = DispatchSemaphore(value: 0)

  init(_ coordinator: Coordinator, _ environment: Environment) {
    nonisolated(unsafe) let (coordinator, environment) = (coordinator, environment)
    let thread = Thread { [self] in
      do {
        ending = try coordinator.run()
      } catch let overdue as StopOverdue {
        TrainingJob.complain("\(overdue)")
        environment.abort(status: ExitStatus.stopped)
      } catch {
        TrainingJob.complain("[coordinator host \(Environment.host)] \(error)")
        environment.abort(status: ExitStatus.failure)
      }
      finished.signal()
    }
    thread.name = "coordinator"
    thread.start()
  }

  /// Waits for its end.
  func wait() -> Coordinator.Ending {
    finished.wait()
    return ending
  }
}

extension [UInt8] {
  fileprivate func padded(to count: Int) -> [UInt8] {
    self + [UInt8](repeating: 0, count: count - self.count)
  }
}
