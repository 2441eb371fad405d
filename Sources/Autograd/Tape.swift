import Compute
import Requirements

/// Records the operations of a forward pass and runs their gradient rules backwards.
///
/// A tape works on the samples of one rank. Gradients of values are per token; gradients of
/// parameters are summed over the rank's shards in the order of the tree (`BatchShards`).
public final class Tape<Backend: ComputeBackend> {
  public let backend: Backend
  public let shards: BatchShards
  let weights: Backend.Flat
  let gradients: NodeGradients<Backend>?
  private let needsWeights: ((_ end: Int) -> Void)?
  private var rules: [() -> Void] = []
  public private(set) var recorded: Set<TapeOperation> = []
  /// Where the gradients of the parameters that have been used start, and where the last one ends.
  private var used: Set<Int> = []
  private var usedEnd = 0
  /// The first element of the flat gradient that a rule has written.
  private var touched = Int.max
  /// From here on the flat gradient has been said to be whole.
  private var whole = Int.max

  /// - Parameters:
  ///   - weights: The model's flat weights.
  ///   - gradients: Where the backward pass writes; nil: only the forward pass is wanted.
  ///   - needsWeights: Told before an operation reads weights, all of which lie below `end` of the flat
  ///     weights: when it comes back they must be there. nil: all are.
  public init(
    _ backend: Backend, shards: BatchShards, weights: Backend.Flat,
    gradients: NodeGradients<Backend>? = nil, needsWeights: ((_ end: Int) -> Void)? = nil
  ) {
    self.backend = backend
    self.shards = shards
    self.weights = weights
    self.gradients = gradients
    self.needsWeights = needsWeights
    gradients?.prepare(nodes: shards.nodes.count, backend)
  }

  /// A value that comes from outside; its gradient is kept if `needsGradient`.
  public func input(_ value: Backend.Matrix, needsGradient: Bool = false) -> Variable<Backend> {
    Variable<Backend>(value, needsGradient: needsGradient && gradients != nil)
  }

  /// Runs every rule, last first, and forgets them: afterwards the parameters' gradients are whole.
  ///
  /// - Parameter isComputed: Told, now and then, from which element of the flat gradient on it is
  ///   whole: parameters are laid out in the order in which the forward pass uses them.
  public func backward(_ isComputed: (_ first: Int) -> Void = { _ in }) {
    while let rule = rules.popLast() {
      rule()
      if touched < whole {
        whole = touched
        isComputed(whole)
      }
    }
  }

  // MARK: - For operations

  func matrix(like x: Variable<Backend>) -> Backend.Matrix {
    backend.matrix(x.value.rows, x.value.columns)
  }

  /// A parameter's values.
  func slice(_ parameter: Parameter) -> FlatSlice<Backend.Flat> {
    FlatSlice(weights, offset: parameter.offset)
  }

  /// Notes that the forward pass uses `parameters` now. A gradient is written once, and sent as soon
  /// as the backward pass has left it behind.
  func use(_ parameters: [Parameter?]) {
    needsWeights?(parameters.compactMap { $0?.range.upperBound }.max() ?? 0)
    guard gradients != nil else { return }
    let offsets = parameters.compactMap { parameter in
      parameter.flatMap { parameter in
        parameter.gradientOffset.map { (parameter.name, $0, $0 + parameter.count) }
      }
    }
    for (name, start, _) in offsets {
      require(
        used.insert(start).inserted,
        "\(name) is used a second time on one tape, which has room for the gradient of one use: "
          + "give each use a layer of its own, and each forward pass a tape of its own")
      require(
        start >= usedEnd,
        "\(name) is used after a layer that was laid out after it: add layers to the layout in the "
          + "order in which the forward pass uses them")
    }
    usedEnd = max(usedEnd, offsets.map { $0.2 }.max() ?? 0)
  }

  /// Each node's place for `parameter`; nil if it has no gradient.
  func gradientSlices(_ parameter: Parameter) -> [FlatSlice<Backend.Flat>]? {
    if let offset = parameter.gradientOffset { touched = min(touched, offset) }
    return gradients?.slices(parameter, nodes: shards.nodes.count)
  }

  /// Keeps an operation's rule, which gets ∂loss/∂output; without gradients nothing is kept.
  func record(
    _ operation: TapeOperation, _ value: Backend.Matrix,
    rule: @escaping (Backend.Matrix) -> Void
  ) -> Variable<Backend> {
    let output = Variable<Backend>(value, needsGradient: gradients != nil)
    guard gradients != nil else { return output }
    recorded.insert(operation)
    rules.append { if let dy = output.takeGradient() { rule(dy) } }
    return output
  }

  /// Records a rule that starts the backward pass: it has no output that others use.
  func recordSource(_ operation: TapeOperation, rule: @escaping () -> Void) {
    guard gradients != nil else { return }
    recorded.insert(operation)
    rules.append(rule)
  }

  /// Adds to a variable's gradient; `write` fills a matrix or, if its last argument is true, adds.
  func addGradient(
    to variable: Variable<Backend>, _ write: (_ gradient: Backend.Matrix, _ adds: Bool) -> Void
  ) {
    guard variable.needsGradient else { return }
    guard variable.gradient != nil else {
      let gradient = matrix(like: variable)
      write(gradient, false)
      variable.gradient = gradient
      return
    }
    if !isKnownUniquelyReferenced(&variable.gradient) {
      variable.gradient = backend.copy(variable.gradient!)
    }
    write(variable.gradient!, true)
  }

  /// Adds `dy` as it is to a variable's gradient, sharing its memory where it is the first.
  func addGradient(to variable: Variable<Backend>, sharing dy: Backend.Matrix) {
    guard variable.needsGradient else { return }
    if variable.gradient == nil {
      variable.gradient = dy
    } else {
      addGradient(to: variable) { gradient, _ in backend.add(dy, to: gradient) }
    }
  }
}
