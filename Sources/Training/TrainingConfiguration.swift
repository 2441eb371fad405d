import Kernels
import NeuralNetwork

/// How each fold is trained; the defaults are the published ones.
public struct TrainingConfiguration: Sendable, Equatable {
  /// What updates the weights.
  public enum Optimizer: String, Sendable, CaseIterable {
    /// Kingma & Ba 2015.
    case adam
    /// Adam with decoupled weight decay (Loshchilov & Hutter 2019).
    case adamw
  }

  /// How much each class counts in the loss.
  public enum ClassWeights: Sendable, Equatable {
    /// All alike.
    case none
    /// Training clips / (classes · training clips of the class).
    case balanced
    /// By label, each above 0.
    case listed([Double])
  }

  /// Passes over the training clips.
  public var epochs = 800
  /// Clips of one step, over all ranks of a group.
  public var batchSize = 256
  /// The optimizer's step size.
  public var learningRate = 5e-5
  public var optimizer = Optimizer.adam
  /// AdamW's.
  public var weightDecay = 0.0
  /// What does not decay.
  public var noDecay = [TensorKind.norms, .biases, .positions]
  /// How the step size changes.
  public var schedule = LearningRateSchedule.Shape.constant
  /// Epochs in which the step size grows from nothing.
  public var warmupEpochs = 0
  /// What the cosine ends at, as a share of the step size.
  public var scheduleFloor = 0.0
  /// Epochs between two steps of the schedule `step`.
  public var stepEpochs = 100
  /// What the step size is multiplied by there.
  public var stepFactor = 0.1
  /// Share of each label that is spread over all classes.
  public var labelSmoothing = 0.0
  public var classWeights = ClassWeights.none
  /// Largest Euclidean norm of a step's gradient; 0: none.
  public var clipNorm = 0.0
  /// Decay of the weights' moving average, which is what is tested and kept; 0: the weights themselves.
  public var ema = 0.0
  /// A fold ends when its training loss has not improved for so many epochs; 0: never.
  public var earlyEndEpochs = 0
  /// By what share of the best loss so far it must be lower to count as improved.
  public var earlyEndDelta = 0.001
  /// Whether each epoch draws a new order of the clips; the published code keeps the file's order.
  public var shuffle = false
  /// Seed of initial weights, batch order and dropout.
  public var seed: UInt64 = 1
  /// Seeds of a run's trainings; empty: `seed` alone.
  public var seeds: [UInt64] = []
  /// Leaves of the tree that sums a batch's gradient; a power of two. Part of the result's definition.
  public var gradientShards = 4
  /// What the operands of products are rounded to; weights, moments and sums stay float32.
  public var precision = ProductPrecision.float32
  /// Threads of each rank; nil: the cores that the rank may use.
  public var threadsPerRank: Int?
  /// A safetensors file with the weights every fold starts from; nil: drawn from the seed.
  public var initialWeights: String?
  /// Whether each fold's final weights are kept as a safetensors file in the run directory.
  public var keepWeights = false
  /// Whether folds that failed in an earlier job are trained again, from their first epoch.
  public var retryFailed = false

  public init() {}

  /// What decays, and how much; nil: nothing does.
  var decay: WeightDecay? {
    optimizer == .adamw && weightDecay > 0
      ? WeightDecay(rate: weightDecay, spared: Set(noDecay)) : nil
  }

  /// The step size of each update.
  ///
  /// - Parameter clips: Of the fold's training.
  public func schedule(clips: Int) -> LearningRateSchedule {
    let updates = (clips + batchSize - 1) / batchSize
    return LearningRateSchedule(
      schedule, rate: learningRate, warmup: warmupEpochs * updates, updates: epochs * updates,
      floor: scheduleFloor, stepUpdates: stepEpochs * updates, stepFactor: stepFactor)
  }

  /// Whether a training ends before its last epoch, as its losses say.
  ///
  /// - Parameter losses: Mean training loss of each epoch so far.
  public func hasPlateau(_ losses: [Double]) -> Bool {
    guard earlyEndEpochs > 0 else { return false }
    var (best, epochsSince) = (Double.infinity, 0)
    for loss in losses {
      epochsSince += 1
      if loss < best * (1 - earlyEndDelta) { (best, epochsSince) = (loss, 0) }
    }
    return epochsSince >= earlyEndEpochs
  }
}
