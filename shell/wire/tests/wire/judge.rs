//! botocore in a process of its own, asked line by line.

use serde_json::{Value as Json, json};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use tenor_testkit::judges;
use tenor_wire::{Call, Protocol, Request, Response, Value};

const SCRIPT: &str = include_str!("botocore.py");

pub(crate) struct Judge {
    process: Child,
    questions: ChildStdin,
    verdicts: BufReader<ChildStdout>,
}

impl Judge {
    /// None without judges, which `TENOR_JUDGES` names; then the test steps aside, but not on CI.
    pub(crate) fn start() -> Option<Self> {
        let mut command = Command::new(judges::python()?);
        let mut process = command.args(["-c", SCRIPT]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let questions = process.stdin.take().unwrap();
        let verdicts = BufReader::new(process.stdout.take().unwrap());
        Some(Self { process, questions, verdicts })
    }

    /// What botocore says differently.
    fn ask(&mut self, question: &Json) -> Vec<String> {
        writeln!(self.questions, "{question}").unwrap();
        let mut verdict = String::new();
        self.verdicts.read_line(&mut verdict).unwrap();
        assert!(!verdict.is_empty(), "the judge fell over {question}");
        serde_json::from_str(&verdict).unwrap()
    }

    pub(crate) fn request(&mut self, call: Call<'_>, input: &Value, request: &Request) -> Vec<String> {
        let mut question = about(call);
        question["input"] = typed(input);
        question["request"] = json!({
            "method": request.method, "path": request.path_and_query(), "headers": request.headers, "body": base64(&request.body),
        });
        self.ask(&question)
    }

    pub(crate) fn response(&mut self, call: Call<'_>, value: &Value, request_id: &str, response: &Response) -> Vec<String> {
        let mut question = about(call);
        question["value"] = typed(value);
        question["request_id"] = json!(request_id);
        question["response"] = json!({"status": response.status, "headers": response.headers, "body": base64(&response.body)});
        self.ask(&question)
    }

    pub(crate) fn fault(&mut self, call: Call<'_>, fault: &tenor_wire::Fault, response: &Response) -> Vec<String> {
        let mut question = about(call);
        question["value"] = Json::Null;
        question["fault"] = json!([fault.code, fault.message]);
        question["request_id"] = json!(fault.request_id);
        question["response"] = json!({"status": response.status, "headers": response.headers, "body": base64(&response.body)});
        self.ask(&question)
    }
}

impl Drop for Judge {
    fn drop(&mut self) {
        // It ends by itself when nothing more is asked; it may have already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// As botocore names it.
pub(crate) fn protocol(call: Call<'_>) -> &'static str {
    match call.service.protocol {
        Protocol::Query => "query",
        Protocol::Ec2 => "ec2",
        Protocol::Json => "json",
        Protocol::RestJson => "rest-json",
        Protocol::RestXml => "rest-xml",
    }
}

fn about(call: Call<'_>) -> Json {
    json!({"service": call.service.name, "operation": call.operation.name, "protocol": protocol(call)})
}

/// The value in the judge's JSON.
fn typed(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(answer) => json!(answer),
        Value::Integer(number) => json!(number),
        Value::Decimal(number) => json!({"$d": number.as_str()}),
        Value::Text(text) => json!(text),
        Value::Secret(secret) => json!(secret.expose()),
        Value::Blob(bytes) => json!({"$b": base64(bytes)}),
        Value::Time(moment) => json!({"$t": moment.as_millisecond() as f64 / 1000.0}),
        Value::List(items) => items.iter().map(typed).collect(),
        Value::Map(members) => Json::Object(members.iter().map(|(name, value)| (name.to_string(), typed(value))).collect()),
    }
}

fn base64(bytes: &[u8]) -> String {
    base64::Engine::encode(&base64::engine::general_purpose::STANDARD, bytes)
}
