/// Values in rows and columns, somewhere in a backend's memory.
public protocol BackendMatrix: AnyObject {
  var rows: Int { get }
  var columns: Int { get }
}

/// Values from a place in a flat run on: a parameter's weights, or its gradient.
public struct FlatSlice<Flat> {
  public let flat: Flat
  /// Where it starts in the run.
  public let offset: Int

  public init(_ flat: Flat, offset: Int) {
    self.flat = flat
    self.offset = offset
  }
}

/// What the engine asks of the machine: all that reads or writes values.
///
/// Nothing above sees into a backend's memory. The first operand's rows are tokens, the same number for
/// each of the samples of `shards`. An operation that takes `adds` adds to its target where that is true
/// and otherwise writes it. Gradients of parameters are summed by shard in the order of the tree, one sum
/// a node (`BatchShards`), each written to its slice of `nodes`.
///
/// Legend: T tokens, I inputs, O outputs, C channels, S tokens of a block.
public protocol ComputeBackend: AnyObject {
  associatedtype Matrix: BackendMatrix
  /// A flat run of values: a model's weights, a node's gradient, an optimizer's moments.
  associatedtype Flat: AnyObject
  /// Which of its inputs each output of a pooling was.
  associatedtype Taps
  typealias Operand = FlatSlice<Flat>

  // MARK: - Memory

  /// A matrix with unspecified contents.
  func matrix(_ rows: Int, _ columns: Int) -> Matrix
  /// A flat run of zeros.
  func flat(count: Int) -> Flat
  func copy(_ x: Matrix) -> Matrix

  // MARK: - Elementwise

  /// z = x + y.
  func add(_ x: Matrix, _ y: Matrix, into z: Matrix)
  /// y += x.
  func add(_ x: Matrix, to y: Matrix)
  /// y = x · Φ(x).
  func gelu(_ x: Matrix, into y: Matrix)
  /// dx = dy · (Φ(x) + x · φ(x)).
  func geluGradient(_ x: Matrix, dy: Matrix, into dx: Matrix)
  /// y = x ∘ mask; an element of the mask covers `group` neighbouring columns.
  func multiply(_ x: Matrix, mask: Matrix, group: Int, into y: Matrix)
  /// 0 with the key's probability and otherwise 1 / (1 − probability), by the place in the whole batch.
  ///
  /// - Parameter firstRow: Of the mask, in that of the whole batch.
  func dropoutMask(_ key: DropoutKey, firstRow: Int, into mask: Matrix)

  // MARK: - Products

  /// y = x · Wᵀ + bias + residual: [T, I] → [T, O]; W [O, I].
  func linear(
    _ shards: BatchShards, _ x: Matrix, weights: Operand, bias: Operand?, residual: Matrix?,
    into y: Matrix)
  /// dx = dy · W.
  func linearInputGradient(
    _ shards: BatchShards, dy: Matrix, weights: Operand, into dx: Matrix, adds: Bool)
  /// dW = dyᵀ · x.
  func linearWeightGradient(_ shards: BatchShards, dy: Matrix, x: Matrix, into nodes: [Operand])
  /// dbias = Σ rows of dy.
  func biasGradient(_ shards: BatchShards, dy: Matrix, into nodes: [Operand])

  /// 3 × 3, padding 1: [samples · side², I] → [samples · side², O]; W [tap, O, I].
  func convolution(
    _ shards: BatchShards, _ x: Matrix, side: Int, weights: Operand, bias: Operand, into y: Matrix)
  func convolutionInputGradient(
    _ shards: BatchShards, dy: Matrix, side: Int, weights: Operand, into dx: Matrix, adds: Bool)
  func convolutionWeightGradient(
    _ shards: BatchShards, dy: Matrix, x: Matrix, side: Int, into nodes: [Operand])

  // MARK: - Rows

  /// y = (x − mean) / sqrt(variance + 1e-5) · gain + bias over the channels of each token.
  ///
  /// - Returns: Mean and scale of each token, [2, T], which the gradients need.
  func norm(_ x: Matrix, gain: Operand, bias: Operand, into y: Matrix) -> Matrix
  func normInputGradient(
    _ x: Matrix, gain: Operand, statistics: Matrix, dy: Matrix, into dx: Matrix, adds: Bool)
  func normGainGradient(
    _ shards: BatchShards, x: Matrix, statistics: Matrix, dy: Matrix, into nodes: [Operand])

  // MARK: - Maps

  /// Square patches of images: [samples, channels · side²] → [samples · (side/patch)², patch² · channels],
  /// the order inside a patch being (row, column, channel).
  func patches(_ images: Matrix, channels: Int, side: Int, patch: Int) -> Matrix
  /// y = x + scalar of the token's place in its block.
  func addPositions(_ x: Matrix, scalars: Operand, map: FeatureMap, into y: Matrix)
  func positionGradient(
    _ shards: BatchShards, dy: Matrix, map: FeatureMap, into nodes: [Operand])
  /// softmax(q · kᵀ / sqrt(headDim)) · v inside each block: [T, 3 · heads · headDim] → [T, heads · headDim].
  ///
  /// - Parameter mask: What multiplies the probabilities, [samples, elements]; nil: nothing does.
  /// - Returns: The probabilities, which the gradient needs.
  func attention(
    _ qkv: Matrix, map: FeatureMap, heads: Int, mask: Matrix?, into out: Matrix
  ) -> Matrix
  func attentionGradient(
    _ qkv: Matrix, probabilities: Matrix, map: FeatureMap, heads: Int, mask: Matrix?, dout: Matrix,
    into dqkv: Matrix)
  /// 3 × 3 maximum, stride 2, padding 1; the first maximum wins.
  func maxPool(_ x: Matrix, side: Int, into y: Matrix) -> Taps
  func maxPoolGradient(_ dy: Matrix, taps: Taps, side: Int, into dx: Matrix)
  /// The mean over each sample's positions: [samples · positions, C] → [samples, C].
  func meanOverPositions(_ x: Matrix, positions: Int, into y: Matrix)
  func meanGradient(_ dy: Matrix, positions: Int, into dx: Matrix)

  // MARK: - Loss and update

  /// Softmax cross-entropy of logits [samples, classes], and its gradient for a loss that is the mean
  /// over `batchSize` samples.
  ///
  /// - Returns: Each sample's −log p(label), not divided.
  func crossEntropy(_ logits: Matrix, labels: [Int], batchSize: Int, gradient: Matrix) -> [Double]
  /// The same of soft targets: Σ −cᵢ · log pᵢ of each row, with the targets' coefficients c, and its
  /// gradient for a loss that is the sum over the whole batch, divided by the targets' divisor.
  ///
  /// - Returns: Each sample's loss, not divided.
  func crossEntropy(_ logits: Matrix, targets: SoftTargets, gradient: Matrix) -> [Double]
  /// x = factor · x, for `count` elements from the slice's start on.
  func scale(_ x: Operand, count: Int, by factor: Double)
  /// average = decay · average + (1 − decay) · x, likewise.
  func average(_ x: Operand, count: Int, decay: Double, into average: Operand)
  /// One step of Adam (Kingma & Ba 2015) on `count` elements from the slices' starts on.
  func adam(
    _ step: AdamStep, count: Int, weights: Operand, gradient: Operand, first: Operand,
    second: Operand)
}

/// The numbers of one step of Adam: rate = learning rate / (1 − β₁ᵗ), correction = 1 / √(1 − β₂ᵗ).
public struct AdamStep: Sendable {
  public let beta1: Double
  public let beta2: Double
  public let epsilon: Double
  public let rate: Double
  public let correction: Double

  public init(beta1: Double, beta2: Double, epsilon: Double, rate: Double, correction: Double) {
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.rate = rate
    self.correction = correction
  }
}
