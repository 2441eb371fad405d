import Files
import Tasks
import Foundation
import RunStore

/// What the first rank does before anybody trains: it reads and checks all that a user gave.
struct Preparation {
  let plan: RunPlan
  let opening: RunOpening

  /// A reason not to begin, which the user has been told.
  struct Refusal: Error {
    let status: Int32
  }

  /// - Parameters:
  ///   - worldSize: Ranks of the job.
  ///   - ranksOnHost: Those that share this host's memory.
  /// - Throws: `Refusal` after it has said what is wrong, once.
  init(_ request: TrainRequest, worldSize: Int, ranksOnHost: Int = 1) throws(Refusal) {
    func warn(_ text: String) { TrainingJob.complain("warning: \(text)") }
    var mine: RunClaim?
    do {
      let settings = try RunPlan.settings(request, ranksOnHost: ranksOnHost)
      let claim = try RunClaim(request.run, warn: warn)
      mine = claim
      plan = try RunPlan(settings)
      plan.dataset.warnings.forEach(warn)
      _ = try RankGroups(
        worldSize: worldSize, plan.configuration.cluster, folds: plan.folds.count,
        gradientShards: plan.configuration.training.gradientShards)
      opening = try RunOpening(claim, plan, warn: warn)
      TrainingJob.complain(plan.dataset.summary)
      for notice in plan.notices { TrainingJob.complain(notice) }
      if request.configuration == nil {
        TrainingJob.complain(
          "note: no --config: the paper's configuration"
            + (request.overrides.isEmpty ? "" : " but for what --set gives")
            + ", in \(request.run)")
      }
    } catch {
      // Without a job there must be no run.
      mine?.undo()
      TrainingJob.complain("\(error)")
      throw Refusal(status: Self.status(of: error))
    }
  }

  private static func status(of error: any Error) -> Int32 {
    switch error {
    case let failure as FileError where failure.isOfTheSystem:
      TrainingJob.complain("\(FileError.remedy(failure.code)), then run the same command again")
      return ExitStatus.cannotWrite
    case let failure as CannotRead:
      TrainingJob.complain(failure.remedy)
      return ExitStatus.cannotWrite
    case is RunInUse: return ExitStatus.inUse
    default: return ExitStatus.badInput
    }
  }
}
