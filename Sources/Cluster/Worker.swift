import Checkpointing
import Foundation
import GradientReduction
import HTNetModel
import MPI
import MicroExpressionData
import NeuralNetwork
import RunStore
import TensorCore
import Training

/// Trains the folds that the coordinator leases to this rank's group.
struct Worker {
  let world: Communicator
  let group: Communicator
  let groupIndex: Int
  let plan: RunPlan
  let directory: RunDirectory
  let stop: StopSignal
  let context: ComputeContext<Float>

  /// Seconds between two questions for work that is not there.
  private static let patience = 0.2
  /// Seconds between two reports of progress.
  private static let reportInterval = 0.25

  private var isLeader: Bool { group.rank == 0 }

  /// Works until the coordinator says that nothing is left.
  func run() throws {
    let model = try HTNet(plan.configuration.model)
    var initialWeights: Weights<Float>?
    if let bytes = plan.initialWeights {
      initialWeights = try Weights(
        model.layout, from: SafetensorsFile(bytes, file: "training.initial_weights"))
    }
    while true {
      var order: Order?
      if isLeader {
        try world.send(message: WorkerMessage.request(group: groupIndex), to: 0, tag: Tag.worker)
        order = try world.receive(Order.self, from: 0, tag: Tag.order)
      }
      switch try group.broadcast(message: order) {
      case .end: return
      case .wait: usleep(UInt32(Self.patience * 1e6))
      case .train(let index): try train(index, model, initialWeights)
      }
    }
  }

  private func train(_ index: Int, _ model: HTNet, _ initialWeights: Weights<Float>?) throws {
    let fold = plan.folds[index]
    let configuration = plan.configuration
    let begin = DispatchTime.now().uptimeNanoseconds
    let trainer = FoldTrainer(
      model: model, configuration: configuration.training,
      fold: TrainingFold(fold, of: plan.composite),
      group: ReductionGroup(group, shards: configuration.training.gradientShards),
      context: context, initialWeights: initialWeights)
    var samples = 0
    var reported = begin
    let outcome = try trainer.run(
      logitsOfEveryEpoch: configuration.evaluation.protocols.contains(.bestOnTest),
      stopRequested: { try stopRequested() },
      afterStep: { step in
        samples += step.samples
        let now = DispatchTime.now().uptimeNanoseconds
        guard isLeader, Double(now - reported) * 1e-9 >= Self.reportInterval else { return }
        reported = now
        try world.send(
          message: WorkerMessage.progress(
            group: groupIndex, epoch: step.epoch + 1, loss: step.loss, samples: samples),
          to: 0, tag: Tag.worker)
        samples = 0
      })
    guard isLeader else { return }
    guard let outcome else {
      // The coordinator may have asked for the stop meanwhile; its message must not wait for the
      // next fold.
      try world.send(message: WorkerMessage.stopped(group: groupIndex), to: 0, tag: Tag.worker)
      return
    }
    if configuration.training.keepWeights {
      try directory.makeDirectory(directory.foldPath(fold.subject))
      try SafetensorsWriter.write(
        trainer.weights.tensors(),
        metadata: [
          "subject": fold.subject, "weights_sha256": outcome.weightsSHA256,
          "config": configuration.model.publishedArguments,
        ], to: directory.weightsPath(fold.subject))
    }
    try world.send(
      message: WorkerMessage.progress(
        group: groupIndex, epoch: configuration.training.epochs, loss: outcome.losses.last ?? .nan,
        samples: samples), to: 0, tag: Tag.worker)
    let seconds = Double(DispatchTime.now().uptimeNanoseconds - begin) * 1e-9
    try world.send(
      message: WorkerMessage.finished(
        group: groupIndex,
        result: FoldResult(
          subject: fold.subject, fold: fold.index,
          clips: fold.testClips.map { plan.composite.clips[$0].name }, losses: outcome.losses,
          logits: outcome.logits, logitsOfEveryEpoch: outcome.logitsOfEveryEpoch,
          weightsSHA256: outcome.weightsSHA256), seconds: seconds), to: 0, tag: Tag.worker)
  }

  /// Whether this rank got a signal or, for a leader, the coordinator's word.
  private func stopRequested() throws -> Bool {
    if stop.received != nil { return true }
    guard isLeader, try world.probe(from: 0, tag: Tag.stop) != nil else { return false }
    _ = try world.receive(from: 0, tag: Tag.stop)
    return true
  }
}
