-- What wrk sends: the lines of a file, one a request, in their order. Checks every answer.
-- Arguments: the file, the API key, then the texts that a right answer holds (none: no check).

local bodies, holds, threads = {}, {}, {}

sent, wrong, example = 0, 0, ""

function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  for line in io.lines(args[1]) do
    bodies[#bodies + 1] = line
  end
  for n = 3, #args do
    holds[#holds + 1] = args[n]
  end
  if #holds == 0 then
    response = nil
  end
  wrk.headers["Content-Type"] = "application/json"
  wrk.headers["Authorization"] = "Bearer " .. args[2]
end

function request()
  local body = bodies[sent % #bodies + 1]
  sent = sent + 1
  return wrk.format("POST", "/graphql", nil, body)
end

function response(status, headers, body)
  local right = status == 200 and not body:find('"errors"', 1, true)
  for n = 1, #holds do
    right = right and body:find(holds[n], 1, true)
  end
  if not right then
    wrong = wrong + 1
    example = status .. " " .. body:gsub("%s+", " ")
  end
end

function done(summary, latency, requests)
  local errors = summary.errors
  local thread = threads[1]
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  local wrongs = thread:get("wrong")
  io.write(string.format("\nmeasured requests %d\n", summary.requests))
  io.write(string.format("measured microseconds %d\n", summary.duration))
  io.write(string.format("measured p50 %d\n", latency:percentile(50)))
  io.write(string.format("measured p99 %d\n", latency:percentile(99)))
  io.write(string.format("measured sent %d\n", thread:get("sent")))
  io.write(string.format("measured wrong %d\n", math.max(failed, wrongs)))
  io.write("example " .. thread:get("example") .. "\n")
end
