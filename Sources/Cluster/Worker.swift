import Collectives
import Console
import Datasets
import Files
import Foundation
import HTNetModel
import Job
import Kernels
import Lifelines
import MPI
import NeuralNetwork
import RunStore
import Safetensors
import Tasks
import Training

/// Trains the folds that the coordinator leases to this rank's group.
struct Worker {
  let world: Communicator
  private var membership: Membership
  let plan: RunPlan
  let directory: RunDirectory
  let stop: StopSignal
  let lifelines: Lifelines
  let backends: Backends

  /// Seconds without a question after checkpoints could not be read.
  private static let recovery = 1.0

  private let memory = CheckpointMemory()

  /// Whom this rank trains with now.
  var group: RankGroup { membership.group }
  private var ranks: Communicator { membership.ranks }
  private var isLeader: Bool { membership.isLeader }

  /// - Parameters:
  ///   - group: That this rank begins in.
  ///   - forming: All ranks; it must be used for nothing else.
  init(
    _ group: RankGroup, world: Communicator, forming: Communicator, plan: RunPlan,
    directory: RunDirectory,
    stop: StopSignal, lifelines: Lifelines, backends: Backends
  ) {
    self.world = world
    self.plan = plan
    self.directory = directory
    self.stop = stop
    self.lifelines = lifelines
    self.backends = backends
    membership = Membership(
      group, world: world, forming: forming, abandoned: lifelines.abandoned)
  }

  /// Works until the coordinator says that nothing is left.
  mutating func run() throws {
    var next = group
    while true {
      do {
        try membership.join(next)
        return try work()
      } catch is GroupAbandoned {
        next = try home()
      }
    }
  }

  /// Tells the coordinator that this rank has left its group, of which a rank is lost.
  ///
  /// - Returns: The group that it is given instead.
  private func home() throws -> RankGroup {
    try tell(.survived(group: group.number))
    while true {
      // What else comes was meant for the old group's leader.
      if case .rescue(let group) = try world.receive(Order.self, from: 0, tag: Tag.order) {
        return group
      }
    }
  }

  /// Works as long as the group is whole.
  private mutating func work() throws {
    var orders = LeaderOrders()
    var model: Model?
    while true {
      var order: Order?
      // Without a fold there is no step in which the ranks would tell one another of a signal.
      let stops = try ranks.allGather([stop.received == nil ? 0 : 1] as [UInt8]).contains([1])
      if isLeader {
        if stops {
          try tell(.stopped(group: group.number, isSaved: true, signal: stop.received))
        }
        try tell(.request(group: group.number))
        while order == nil {
          order = try orders.answer(
            membership.coordinator.receive(Order.self, from: 0, tag: Tag.order))
        }
      }
      let common = try ranks.broadcast(message: order)
      switch common {
      case .end: return try ranks.free()
      case .wait(let seconds): usleep(UInt32(seconds * 1e6))
      case .regroup(let groups): try membership.join(oneOf: groups)
      case .train(let lease):
        let wanted = plan[lease.task].configuration.model
        let current =
          try model.flatMap { $0.htnet.configuration == wanted ? $0 : nil }
          ?? Model(wanted, initialWeights: plan.initialWeights)
        model = current
        try train(lease, orders, current)
        orders.endLease()
      case .stop, .yield, .rescue: throw UnexpectedOrder(order: common, lease: nil)
      }
    }
  }

  /// What a task trains; the next one often trains it too.
  private struct Model {
    let htnet: HTNet
    /// nil: weights are drawn.
    let initialWeights: Weights<Float>?

    init(_ configuration: HTNetConfiguration, initialWeights: Data?) throws {
      let model = try HTNet(configuration)
      htnet = model
      self.initialWeights = try initialWeights.map {
        try Weights(model.layout, from: SafetensorsFile($0, file: "training.initial_weights"))
      }
    }
  }

  private func train(_ lease: Lease, _ orders: LeaderOrders, _ model: Model) throws {
    let task = plan[lease.task]
    let configuration = task.configuration
    let context = backends[try plan.kernel(of: task)]
    let begin = DispatchTime.now().uptimeNanoseconds
    Console.shared.setActivity(Activity(task: "fold \(task.key)"))
    defer { Console.shared.setActivity(nil) }
    let trainer = FoldTrainer(
      model: model.htnet, configuration: configuration.training,
      fold: TrainingFold(
        task.fold, of: task.dataset, scaling: configuration.data.scaling),
      augmentation: configuration.augmentation, regions: configuration.data.regions,
      strain: configuration.data.format.strain(configuration.model.channels),
      group: ReductionGroup(ranks, shards: configuration.training.gradientShards),
      context: context, initialWeights: model.initialWeights)
    let checkpointer = FoldCheckpointer(
      trainer, store: directory.checkpoints(task.key),
      identity: plan.identity(of: task, kernel: context.products.description),
      configuration: configuration.checkpoint, memory: memory, communicator: ranks,
      confirm: { [lifelines, world] in lifelines.confirm(deadline: world.deadline) }
    ) { logger.warning("\($0)") }
    do {
      try train(task, orders, trainer, checkpointer, context, begin: begin)
    } catch let abandoned as GroupAbandoned {
      // Nothing of this rank is under way any more when others go on with the fold.
      checkpointer.leave()
      throw abandoned
    }
  }

  private func train(
    _ task: PlannedTask, _ orders: LeaderOrders, _ trainer: FoldTrainer,
    _ checkpointer: FoldCheckpointer, _ context: CPUBackend<Float>, begin: UInt64
  ) throws {
    do {
      if let progress = try checkpointer.resume(), isLeader { try reportResumed(progress, task) }
    } catch let error as FileError {
      // Every rank of the group comes here; it does not get this fold again.
      if isLeader { try tell(.cannotRead(group: group.number, error: error)) }
      // A file server that fails for a moment must not cost this group every fold.
      usleep(UInt32(Self.recovery * 1e6))
      return
    }
    var report = StepReport(start: begin, ranks: group.ranks, of: world.size)
    var yields = false
    let outcome: FoldOutcome?
    do {
      outcome = try trainer.run(
        logitsOfEveryEpoch: task.keepsEveryEpoch,
        note: {
          Console.shared.setActivity(Activity(task.key, trainer.progress))
          let interruption = try interruption(orders)
          if interruption == .yield { yields = true }
          return checkpointer.note(stops: interruption == .stop, yields: yields)
        },
        afterStep: { step in
          report.add(step)
          if isLeader, report.isDue { try send(&report) }
          let continuation = try checkpointer.afterStep(step.notes)
          if yields, checkpointer.hasKept {
            yields = false
            try tell(.kept(group: group.number))
          }
          return continuation
        },
        afterEpoch: { report.endEpoch($0, loss: $1) })
    } catch let error as TrainingError {
      guard let failure = error.failure else { throw error }
      if isLeader, report.hasNews { try send(&report) }
      return try end(failure, checkpointer, context)
    }
    if isLeader, report.hasNews { try send(&report) }
    // All ranks of the group have computed the same logits.
    if let failure = outcome?.failure(step: trainer.progress.steps) {
      return try end(failure, checkpointer, context)
    }
    if outcome != nil { try checkpointer.finish() }
    guard isLeader else { return }
    guard let outcome else {
      if yields, checkpointer.isSaved, stop.received == nil {
        return try tell(.yielded(group: group.number))
      }
      return try tell(
        .stopped(group: group.number, isSaved: checkpointer.isSaved, signal: stop.received))
    }
    do {
      if task.keepsWeights { try keepWeights(trainer.testedWeights, task, outcome) }
    } catch let error as FileError {
      return try tell(.cannotWrite(group: group.number, error: error))
    }
    let seconds = Double(DispatchTime.now().uptimeNanoseconds - begin) * 1e-9
    try tell(
      .finished(
        group: group.number,
        result: TaskResult(
          task: task.key, fold: task.fold.index,
          clips: task.fold.testClips.map { task.dataset.clips[$0].name },
          places: task.key.inner == nil ? nil : task.fold.testClips, losses: outcome.losses,
          logits: outcome.logits, logitsOfEveryEpoch: outcome.logitsOfEveryEpoch,
          weightsSHA256: outcome.weightsSHA256), seconds: seconds))
  }

  /// The fold has failed, as every rank of the group knows; the group is free for others.
  private func end(
    _ failure: FoldFailure, _ checkpointer: FoldCheckpointer, _ context: CPUBackend<Float>
  ) throws {
    try checkpointer.abandon()
    guard isLeader else { return }
    try tell(
      .failed(
        group: group.number, failure: failure, cpu: MachineFacts.cpu,
        kernel: context.products.description))
  }

  private func keepWeights(_ weights: Weights<Float>, _ task: PlannedTask, _ outcome: FoldOutcome)
    throws
  {
    try AtomicFile.makeDirectory(directory.path(of: task.key))
    try SafetensorsWriter.write(
      weights.tensors(),
      metadata: plan.weightsMetadata(of: task).merging(["weights_sha256": outcome.weightsSHA256]) {
        $1
      }, to: directory.weightsPath(task.key))
  }

  private func reportResumed(_ progress: FoldProgress, _ task: PlannedTask) throws {
    let samples = task.samples(epoch: progress.epoch, batch: progress.batch)
    try tell(
      .resumed(
        group: group.number, epoch: progress.epoch, step: progress.batch, samples: samples,
        losses: progress.losses))
  }

  private func send(_ report: inout StepReport) throws {
    try tell(.progress(TrainingReport(group: group.number, report)))
    report.sent()
  }

  /// The leader's word to the coordinator.
  private func tell(_ message: WorkerMessage) throws {
    try world.send(message.bytes(), to: 0, tag: Tag.worker)
  }

  /// What a signal to this rank asks for or, of a leader, the coordinator's word about its lease.
  private func interruption(_ orders: LeaderOrders) throws -> Interruption? {
    if stop.received != nil { return .stop }
    guard isLeader, try world.probe(from: 0, tag: Tag.order) != nil else { return nil }
    return try orders.interruption(world.receive(Order.self, from: 0, tag: Tag.order))
  }
}
