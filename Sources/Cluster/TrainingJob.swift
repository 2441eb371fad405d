import Collectives
import Configuration
import Console
import Files
import Foundation
import Job
import Kernels
import Lifelines
import MPI
import RunStore
import Tasks

/// A job of `htnet train`: every rank of mpirun runs this, or one process alone.
public enum TrainingJob {
  /// The deadline before the configuration is known, in seconds.
  private static let firstDeadline = 600.0
  /// Seconds after which a stop does not wait for MPI's start any more.
  private static let patienceAtStart = 10.0

  /// - Parameters:
  ///   - version: The program's, for the ledger.
  ///   - deadline: Seconds after which a rank that waits for others gives up; nil: as the configuration
  ///     says, once all know it.
  ///   - costOfYield: Seconds that a group is taken to lose when its fold goes on with other ranks, before
  ///     that was seen.
  /// - Returns: The status to exit with.
  public static func run(
    _ request: TrainRequest, version: String, deadline: Double? = nil, costOfYield: Double = 0.5
  ) -> Int32 {
    // Before anything that takes time: a signal that comes early must not kill the job either.
    let stop = StopSignal()
    // A launcher that lets ranks die would hide it.
    func refused(_ error: any Error, _ status: Int32) -> Int32 {
      logger.error("\(error)")
      if stop.launcher.rank ?? 0 == 0 { SupervisorLine.given?.report(status) }
      return status
    }
    do {
      try Console.shared.open(Terminal(stop.launcher))
    } catch {
      return refused(error, ExitStatus.badInput)
    }
    // A process that nobody launched as a rank need not start MPI to find that its input is wrong.
    var alone: Preparation?
    if !stop.launcher.startsRanks {
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
      let begin = DispatchTime.now().uptimeNanoseconds
      environment = try Environment(
        launcher: stop.launcher, deadline: deadline ?? request.stallSeconds ?? Self.firstDeadline,
        overdueStatus: ExitStatus.failure,
        giveUp: {
          let waited = Double(DispatchTime.now().uptimeNanoseconds - begin) * 1e-9
          guard waited > patienceAtStart, let signal = stop.received else { return }
          logger.error("stopped by \(signal) while other ranks had not started; nothing was begun")
          _exit(ExitStatus.stopped)
        })
    } catch {
      // Nothing was begun, and the same command would end the same way.
      if case .wrongLauncher? = error as? MPIError { return refused(error, ExitStatus.badInput) }
      return refused(error, ExitStatus.failure)
    }
    let world = environment.world
    if world.size > 1 {
      Console.shared.setPlace(Place(rank: world.rank, host: Place.host))
    }
    var end: JobEnd?
    do {
      let lifelines = try Lifelines(world, hosts: world.allGather(text: Place.host))
      let jobEnd = JobEnd(environment: environment, lifelines: lifelines, launcher: stop.launcher)
      end = jobEnd
      let status = try run(
        request, version, jobEnd, stop, deadline: deadline, costOfYield: costOfYield,
        prepared: alone)
      if world.rank == 0 { jobEnd.report(status) }
      lifelines.close()
      try environment.finalize(status: status)
      return status
    } catch {
      // A rank that ends alone leaves its peers waiting: the whole job ends.
      logger.error("\(error)")
      let status: Int32
      if let failure = error as? FileError {
        logger.error("\(FileError.remedy(failure.code)), then run the same command again")
        status = ExitStatus.cannotWrite
      } else {
        status = ExitStatus.failure
      }
      if world.rank == 0 { end?.atOnce(status) }
      guard world.size > 1 else { return status }
      // Rank 0, which would have given up a rank that this one waits for, does not.
      if case .timeout? = error as? MPIError, stop.launcher.recovers {
        SupervisorLine.given?.report(status)
      }
      environment.abort(status: status)
    }
  }

  private static func run(
    _ request: TrainRequest, _ version: String, _ end: JobEnd, _ stop: StopSignal,
    deadline: Double?, costOfYield: Double, prepared: Preparation?
  ) throws -> Int32 {
    let (environment, lifelines) = (end.environment, end.lifelines)
    let start: JobStart
    switch try JobStart.agree(request, environment, prepared: prepared) {
    case .refused(let status): return status
    case .start(let agreed): start = agreed
    }
    defer { withExtendedLifetime(start.rankLock) {} }
    let plan = start.plan
    let world = try environment.world.with(
      deadline: deadline ?? Double(plan.configuration.cluster.stallSeconds))
    let training = plan.configuration.training
    let cores = try HostCores(environment.onHost)
    let threads = training.threadsPerRank ?? cores.threads
    let products = try ProductKernel.best(training.precision)
    let group = start.groups.group(of: world.rank)
    let census = try JobCensus(
      environment, cores, threads: threads, products: products, arguments: request.arguments)
    if let opening = start.opening {
      for warning in census.warnings + start.groups.warnings(tasks: opening.open(plan).count) {
        logger.warning("\(warning)")
      }
    }

    let forming = try world.split(color: 0, name: "the job's groups")
    // From here on a rank may be missing.
    try world.barrier()
    let service = try start.opening.map { opening in
      let configurationSHA256 = try opening.begin(plan)
      let ledger = try LedgerWriter(path: opening.directory.ledgerPath)
      try ledger.append(
        .jobStarted(
          LedgerRecord.JobStarted(
            plan, version: version,
            configurationSHA256: configurationSHA256,
            machine: census.machine(start.groups, threads: threads, products: products))))
      try opening.settle()
      return CoordinatorThread(
        try Coordinator(
          world: world, lifelines: lifelines, plan: plan,
          layout: census.isOfOneKind ? start.groups : start.groups.fixed, opening: opening,
          ledger: ledger, threads: threads, stop: stop, hosts: census.hosts,
          costOfYield: costOfYield),
        end)
    }
    defer { service?.close() }
    if let group {
      var worker = Worker(
        group, world: world, forming: forming, plan: plan, directory: start.directory, stop: stop,
        lifelines: lifelines, backends: Backends(threads: threads))
      try worker.run()
    }
    let status = service?.wait().status
    try forming.free()
    let common = try world.broadcast(message: status)
    try world.requireSilence()
    return common
  }
}
