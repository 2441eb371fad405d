import Configuration
import Foundation
import TensorBoard

extension PlannedTask {
  /// Updates of the weights in an epoch.
  public var updatesOfEpoch: Int {
    let size = configuration.training.batchSize
    return (fold.trainClips.count + size - 1) / size
  }
}

extension RunPlan {
  /// What TensorBoard shows a training by: its fold, its seed, its setting's name, and the keys that
  /// decide how it is trained, as far as any setting of the run has another value than the default.
  public func hyperparameters(of task: PlannedTask) -> [(
    name: String, value: TensorBoardEvent.Value
  )] {
    let defaults = RunConfiguration()
    let keys = RunConfiguration.keys.filter { key in
      key.role == .training
        && settings.contains {
          key.write($0.setting.configuration) != key.write(defaults)
        }
    }
    var values: [(name: String, value: TensorBoardEvent.Value)] = [
      ("fold", .text(task.key.split)),
      ("training.seed", .number(Double(task.configuration.training.seed))),
    ]
    if let setting = task.key.setting { values.append(("setting", .text(setting))) }
    if let inner = task.key.inner { values.append(("inner", .number(Double(inner)))) }
    return values
      + keys.map { ($0.path, TensorBoardEvent.Value(yaml: $0.write(task.configuration))) }
  }
}

extension TensorBoardEvent.Value {
  /// A key's value as the configuration writes it.
  fileprivate init(yaml: String) {
    switch yaml {
    case "true": self = .flag(true)
    case "false": self = .flag(false)
    default: self = Double(yaml).map(Self.number) ?? .text(yaml)
    }
  }
}
