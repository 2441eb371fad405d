import Kernels

/// How each fold is trained; the defaults are the published ones.
public struct TrainingConfiguration: Sendable, Equatable {
  /// Passes over the training clips.
  public var epochs = 800
  /// Clips of one step, over all ranks of a group.
  public var batchSize = 256
  /// Adam's step size.
  public var learningRate = 5e-5
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
}
