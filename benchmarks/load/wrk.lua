-- What wrk sends: the lines of a file, one a request, in their order. Checks every answer.
-- Arguments, each `name=value`: bodies (the file), path, status, header (`Name: value`; any number),
-- holds (a text that a right answer has; any number), counted and times (a text that it has so often).
-- Without holds and counted, nothing is checked.

local bodies, headers, holds, threads, given = {}, {}, {}, {}, {}

sent, wrong, example = 0, 0, ""

function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  for _, argument in ipairs(args) do
    local name, value = argument:match("^(%w+)=(.*)$")
    if name == "header" then
      local header, text = value:match("^([^:]+): (.*)$")
      headers[header] = text
    elseif name == "holds" then
      holds[#holds + 1] = value
    else
      given[name] = value
    end
  end
  for line in io.lines(given.bodies) do
    bodies[#bodies + 1] = line
  end
  given.status, given.times = tonumber(given.status), tonumber(given.times)
  if #holds == 0 and not given.counted and given.status == 200 then
    response = nil
  end
end

function request()
  local body = bodies[sent % #bodies + 1]
  sent = sent + 1
  return wrk.format("POST", given.path, headers, body)
end

local function count(body, text)
  local found, from = 0, 1
  while true do
    local _, to = body:find(text, from, true)
    if not to then
      return found
    end
    found, from = found + 1, to + 1
  end
end

function response(status, _, body)
  local right = status == given.status
  right = right and not body:find('"errors"', 1, true) and not body:find('"errorCode"', 1, true)
  for n = 1, #holds do
    right = right and body:find(holds[n], 1, true)
  end
  if given.counted then
    right = right and count(body, given.counted) == given.times
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
