"""How fast events are taken in over HTTP and moved into a warehouse; touches no database but the benchmark's own."""
