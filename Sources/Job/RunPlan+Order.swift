import HTNetModel
import Tasks

/// What a sample costs, by the model.
public struct ModelCosts {
  private var known: [(model: HTNetConfiguration, cost: Double)] = []

  public init() {}

  /// Work of a sample: it meets each weight about once in every product.
  ///
  /// - Throws: If the model is illegal.
  public mutating func cost(of model: HTNetConfiguration) throws -> Double {
    if let known = known.first(where: { $0.model == model }) { return known.cost }
    let cost = Double(try HTNet(model).layout.gradientCount)
    known.append((model, cost))
    return cost
  }
}

extension RunPlan {
  /// Sorted by cost, a task that is so many times cheaper than the one before it begins a new kind.
  private static let gap = 1.3

  /// The longest first, so that no long one is left for the end: whoever trains it then trains it alone.
  ///
  /// Tasks whose costs are near one another keep their order, in which a fold's trainings stand together.
  ///
  /// - Throws: If a model is illegal.
  static func ordered(_ tasks: [PlannedTask]) throws -> [PlannedTask] {
    var models = ModelCosts()
    let costs = try tasks.map {
      Double($0.samples) * (try models.cost(of: $0.configuration.model))
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
