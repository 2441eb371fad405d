import Dispatch

/// A stretch of time that begins when this is made.
struct Patience {
  let seconds: Double
  private let start = DispatchTime.now().uptimeNanoseconds

  init(seconds: Double) { self.seconds = seconds }

  var isOver: Bool {
    Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9 >= seconds
  }
}
