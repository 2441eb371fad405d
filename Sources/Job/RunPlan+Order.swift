import HTNetModel
import Tasks

extension RunPlan {
  /// Between two costs, one next to the other, that are so many times apart a new kind of task begins.
  private static let gap = 1.3

  /// The longest first, so that no long one is left for the end: whoever trains it then trains it alone.
  ///
  /// Tasks whose costs are near one another keep their order, in which a fold's trainings stand together.
  ///
  /// - Throws: If a model is illegal.
  static func ordered(_ tasks: [PlannedTask]) throws -> [PlannedTask] {
    var weights: [(model: HTNetConfiguration, count: Double)] = []
    let costs = try tasks.map { task -> Double in
      let model = task.configuration.model
      if let known = weights.first(where: { $0.model == model }) {
        return Double(task.samples) * known.count
      }
      // Each sample meets each weight about once in every product.
      let count = Double(try HTNet(model).layout.gradientCount)
      weights.append((model, count))
      return Double(task.samples) * count
    }
    var rank = 0
    var ranks = Array(repeating: 0, count: tasks.count)
    var last: Double?
    for index in tasks.indices.sorted(by: { (-costs[$0], $0) < (-costs[$1], $1) }) {
      if let last, costs[index] * gap < last { rank += 1 }
      last = costs[index]
      ranks[index] = rank
    }
    return tasks.indices.sorted { (ranks[$0], $0) < (ranks[$1], $1) }.map { tasks[$0] }
  }
}
