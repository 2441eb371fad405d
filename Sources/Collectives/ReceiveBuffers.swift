import Matrices

/// Memory that buckets are received into, used again from sum to sum.
final class ReceiveBuffers {
  private var slots: [[Buffer<Float>]] = []

  subscript(slot: Int, number: Int) -> Buffer<Float> {
    while slots.count <= slot { slots.append([]) }
    while slots[slot].count <= number {
      slots[slot].append(Buffer(count: GradientSum.bucket))
    }
    return slots[slot][number]
  }

  func forget() { slots = [] }
}
