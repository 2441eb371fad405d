import Kernels

/// This rank's backends, one for each kernel of products that its tasks ask for.
final class Backends {
  private let threads: Int
  private var known: [(products: ProductKernel, backend: CPUBackend<Float>)] = []

  /// - Parameter threads: Of each.
  init(threads: Int) { self.threads = threads }

  subscript(products: ProductKernel) -> CPUBackend<Float> {
    // What another kernel's tasks have used is free while this one's train.
    for other in known where other.products != products { other.backend.pool.trim() }
    if let same = known.first(where: { $0.products == products }) { return same.backend }
    let backend = CPUBackend<Float>(threads: threads, products: products)
    known.append((products, backend))
    return backend
  }
}
