import Configuration
import Job
import RunStore
import Tasks

extension TimeEstimate {
  /// How much less a sample costs that is only looked at: its gradient takes two thirds of a step.
  private static let forward = 1.0 / 3

  /// - Parameters:
  ///   - open: Tasks that this job has to do.
  ///   - anew: Those of them that begin anew, whatever checkpoints they have.
  ///   - earlier: Seconds of one rank for a sample in earlier jobs of the run, by kind.
  /// - Throws: If a model is illegal.
  init(
    _ open: [PlannedTask], anew: Set<TaskKey>, _ plan: RunPlan, _ layout: RankGroups,
    _ directory: RunDirectory, earlier: [TaskKind: Double]
  ) throws {
    var models = ModelCosts()
    var rates: [TaskKind: Double] = [:]
    let tasks = try open.map { task in
      var cost = try models.cost(of: task.configuration.model)
      if task.keepsEveryEpoch {
        // After each epoch the clips that it tests.
        let tested = Double(task.fold.testClips.count) / Double(max(task.fold.trainClips.count, 1))
        cost *= 1 + Self.forward * tested
      }
      if let seconds = earlier[TaskKind(task.key)] { rates[TaskKind(task.key)] = cost / seconds }
      return Task(
        key: task.key, samples: task.samples,
        done: anew.contains(task.key) ? 0 : directory.samplesDone(task), cost: cost)
    }
    self.init(
      tasks: tasks, groups: layout.groups,
      mostRanks: layout.isElastic ? plan.fewestShards : nil, earlier: rates)
  }
}
