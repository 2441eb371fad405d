/// A part of a model that cannot change what it computes, in the shape that it has.
public struct InertPart: Sendable, Equatable {
  public enum Kind: Sendable, Equatable {
    /// A key of the configuration's section `model`.
    case key(String)
    /// A tensor, by its published name.
    case tensor(String)
  }

  public let kind: Kind
  /// Why, and what it does change.
  public let reason: String
}

extension HTNetConfiguration {
  /// What cannot change a logit, with the reason.
  ///
  /// `heads`: over one token the softmax is 1 whatever queries and keys are, so heads only divide the
  /// value path. Two numbers of heads with the same `innerDim` train to the same bits. Dropout would
  /// drop a head's weight, and so a head's whole value, so with it heads matter.
  ///
  /// Positions of the last level: each shifts all channels of a token alike, which every norm behind
  /// it takes away.
  public var inertParts: [InertPart] {
    let positions = InertPart(
      kind: .tensor("layers.\(hierarchies - 1).0.pos_emb"),
      reason: "it shifts all channels of a token alike, which the norms behind it take away")
    guard sequenceLength == 1, dropout == 0 else { return [positions] }
    let heads = InertPart(
      kind: .key("heads"),
      reason:
        "each block holds one token, so attention does not depend on the number of heads, but "
        + "for its width: model.dim rounded down to a multiple of model.heads (here "
        + (innerDim(level: 0) == dim ? "all \(dim)" : "\(innerDim(level: 0)) of \(dim)") + ")")
    return [heads, positions]
  }
}
