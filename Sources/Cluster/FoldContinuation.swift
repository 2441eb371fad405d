import Checkpointing
import RunStore
import Tasks

/// Where a fold goes on, as the manifest of its checkpoints says.
enum FoldContinuation: Equatable {
  /// After so many whole epochs, and so many steps of the next.
  case checkpoint(epoch: Int, step: Int)
  /// It begins anew.
  case beginning
  /// The manifest cannot be read now.
  case unknown

  /// The epoch in which the checkpoint stands, from 1; nil: there is none, or nobody can say.
  var epoch: Int? {
    guard case .checkpoint(let epoch, let step) = self, epoch + step > 0 else { return nil }
    return step > 0 ? epoch + 1 : epoch
  }
}

extension RunDirectory {
  func continuation(of task: TaskKey) -> FoldContinuation {
    do {
      guard let newest = try checkpoints(task).manifest()?.generations.first else {
        return .beginning
      }
      return .checkpoint(epoch: newest.epoch, step: newest.batch)
    } catch is CheckpointError {
      return .beginning
    } catch {
      return .unknown
    }
  }
}
