import Console
import Files
import RunStore
import Tasks

/// What the first rank does before anybody trains: it reads and checks all that a user gave.
public struct Preparation {
  public let plan: RunPlan
  public let opening: RunOpening

  /// A reason not to begin, which the user has been told.
  public struct Refusal: Error {
    public let status: Int32
  }

  /// - Parameters:
  ///   - worldSize: Ranks of the job.
  ///   - ranksOnHost: Those that share this host's memory.
  /// - Throws: `Refusal` after it has said what is wrong, once.
  public init(_ request: TrainRequest, worldSize: Int, ranksOnHost: Int = 1) throws(Refusal) {
    func warn(_ text: String) { logger.warning("\(text)") }
    var mine: RunClaim?
    do {
      let checked = try RunPlan.check(request, ranksOnHost: ranksOnHost)
      let claim = try RunClaim(request.run, warn: warn)
      mine = claim
      plan = try RunPlan(checked.keepingNames(of: claim.directory))
      plan.dataWarnings.forEach(warn)
      _ = try RankGroups(
        worldSize: worldSize, plan.configuration.cluster, folds: plan.tasks.count,
        gradientShards: plan.fewestShards)
      opening = try RunOpening(claim, plan, warn: warn)
      logger.notice("\(plan.dataset.summary)")
      for notice in plan.notices { logger.notice("\(notice)") }
      plan.warnings.forEach(warn)
      if request.configuration == nil {
        let others = request.overrides.isEmpty ? "" : " but for what --set gives"
        logger.notice("note: no --config: the paper's configuration\(others), in \(request.run)")
      }
    } catch {
      // Without a job there must be no run.
      mine?.undo()
      logger.error("\(error)")
      throw Refusal(status: Self.status(of: error))
    }
  }

  private static func status(of error: any Error) -> Int32 {
    switch error {
    case let failure as FileError where failure.isOfTheSystem:
      logger.error("\(FileError.remedy(failure.code)), then run the same command again")
      return ExitStatus.cannotWrite
    case let failure as CannotRead:
      logger.error("\(failure.remedy)")
      return ExitStatus.cannotWrite
    case is RunInUse: return ExitStatus.inUse
    default: return ExitStatus.badInput
    }
  }
}
