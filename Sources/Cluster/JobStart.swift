import Console
import Job
import MPI
import RunStore
import Tasks

/// What all ranks have agreed on before they train.
struct JobStart {
  let plan: RunPlan
  /// As rank 0 was told, whatever other ranks were.
  let directory: RunDirectory
  let groups: RankGroups
  /// Rank 0's.
  let opening: RunOpening?
  /// Every other rank's: it keeps new jobs out until the last of this one is gone.
  let rankLock: RankLock?

  enum Agreement {
    case start(JobStart)
    /// Rank 0 has said why.
    case refused(status: Int32)
  }

  /// Rank 0 reads and checks what the user gave, and tells the others. Collective.
  ///
  /// - Parameter prepared: What this process has already read; nil: nothing.
  static func agree(
    _ request: TrainRequest, _ environment: Environment, prepared: Preparation?
  ) throws -> Agreement {
    let world = environment.world
    var mine = prepared
    var refusal: Preparation.Refusal?
    let content = try world.perform(
      "reads and checks what the user gave",
      everyMinute: { logger.notice("still reading and checking the input, after \($0) min") },
      work: {
        if mine == nil {
          do throws(Preparation.Refusal) {
            mine = try Preparation(
              request, worldSize: world.size, ranksOnHost: environment.onHost.size)
          } catch {
            refusal = error
          }
        }
        return try mine?.plan.serialized() ?? []
      })
    let bytes = try world.broadcast(content ?? [])
    if bytes.isEmpty { return .refused(status: try world.broadcast(message: refusal?.status)) }
    let directory = RunDirectory(
      try world.broadcast(message: world.rank == 0 ? request.run : nil))
    if world.size > 1 {
      let obstacle = try HostAgreement(environment).obstacle(
        directory, isFirstOfHost: environment.onHost.rank == 0)
      if let obstacle {
        if world.rank == 0 {
          mine?.opening.claim.undo()
          logger.error("\(obstacle)")
        }
        return .refused(status: ExitStatus.badInput)
      }
    }
    // Before the ranks' next exchange: so no rank trains that took its lock after rank 0's death.
    let rankLock =
      world.rank == 0
      ? nil : try RankLock(directory) { logger.warning("\($0)") }
    let plan = try mine?.plan ?? RunPlan(serialized: bytes)
    let groups = try world.broadcast(
      message: (mine?.opening).map { opening in
        try RankGroups(
          worldSize: world.size, plan.configuration.cluster,
          folds: max(opening.open(plan).count, 1), gradientShards: plan.fewestShards)
      })
    return .start(
      JobStart(
        plan: plan, directory: directory, groups: groups, opening: mine?.opening, rankLock: rankLock
      ))
  }
}
