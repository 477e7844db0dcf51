#if OneDNN
  import COneDNN

  /// oneDNN's view of this processor, the queue of one thread, and that thread's scratchpad.
  @safe final class OneDNNEngine {
    let engine: dnnl_engine_t
    let stream: dnnl_stream_t
    private(set) var scratchpad = Buffer<Float>(count: 0)

    init() {
      var engine: dnnl_engine_t?
      Self.require(unsafe dnnl_engine_create(&engine, dnnl_cpu, 0), "an engine")
      guard let engine = unsafe engine else { preconditionFailure("oneDNN gave no engine") }
      var stream: dnnl_stream_t?
      Self.require(
        unsafe dnnl_stream_create(&stream, engine, dnnl_stream_default_flags.rawValue),
        "a stream")
      guard let stream = unsafe stream else { preconditionFailure("oneDNN gave no stream") }
      unsafe (self.engine, self.stream) = (engine, stream)
    }

    deinit {
      Self.require(unsafe dnnl_stream_destroy(stream), "the end of a stream")
      Self.require(unsafe dnnl_engine_destroy(engine), "the end of an engine")
    }

    /// Makes room for a primitive that needs `bytes` while it runs.
    func reserve(bytes: Int) {
      let count = (bytes + MemoryLayout<Float>.stride - 1) / MemoryLayout<Float>.stride
      if count > scratchpad.count { scratchpad = Buffer(count: count) }
    }

    /// Traps unless oneDNN succeeded: shapes are checked before, so it has run out of memory.
    static func require(_ status: dnnl_status_t, _ what: @autoclosure () -> String) {
      precondition(
        status == dnnl_success, "oneDNN returned status \(status.rawValue) for \(what())")
    }
  }
#endif
