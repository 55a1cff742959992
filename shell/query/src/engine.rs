//! The engine: a session that knows the lake's tables at one snapshot, and nothing else.

use crate::QueryError;
use crate::rows::Rows;
use crate::sql::{self, Names};
use crate::tables::{LakeFiles, LakeTables, OnlyTheLake, passing};
use datafusion::catalog::{CatalogProvider, MemoryCatalogProvider};
use datafusion::common::{DFSchema, DataFusionError};
use datafusion::execution::context::SQLOptions;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::execution::{SessionState, SessionStateBuilder, SessionStateDefaults};
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::expr_rewriter::unnormalize_col;
use datafusion::logical_expr::utils::split_conjunction_owned;
use datafusion::physical_plan::execute_stream;
use datafusion::prelude::{DataFrame, SessionConfig, SessionContext};
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tenor_lake::store::{HeldPeriod, Snapshot};
use tokio::runtime::Handle;

/// Where a file of an older version lies now, when it is no longer where the snapshot says.
pub type Resolve = Arc<dyn Fn(&Path) -> Option<PathBuf> + Send + Sync>;

/// Stack for planning; only what is used of it takes memory.
const PLANNER_STACK_BYTES: usize = 1 << 28;

/// How an engine works.
#[derive(Clone)]
pub struct Options {
    /// Memory for sorting, grouping and joining; beyond it they spill to disk.
    pub memory_bytes_max: usize,
    /// Threads that work on one question.
    pub threads: usize,
    /// Folder for what spills; the system's temporary folder without one, or when it cannot be written.
    pub spill_folder: Option<PathBuf>,
    /// Finds files that an import has moved away.
    pub resolve: Option<Resolve>,
}

impl Default for Options {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self { memory_bytes_max: 768 << 20, threads, spill_folder: None, resolve: None }
    }
}

/// A lake at one snapshot, ready for questions.
pub struct Engine {
    planner: Planner,
    snapshot: Arc<Snapshot>,
    options: Options,
}

impl Engine {
    /// Ready for questions about the periods of `snapshot`. No file is opened yet.
    ///
    /// # Errors
    /// When no temporary folder can be made.
    pub fn open(snapshot: &Snapshot, options: &Options) -> Result<Self, QueryError> {
        let files = Arc::new(LakeFiles::new(options.resolve.clone()));
        let runtime = runtime(options, &files).map_err(|error| QueryError::running(error, options.memory_bytes_max))?;
        let context = SessionContext::new_with_state(session(options, runtime));
        let catalog = MemoryCatalogProvider::new();
        let state = context.state_weak_ref();
        let session = Box::new(move || Some(state.upgrade()?.read().clone()));
        let tables = Arc::new(LakeTables::new(snapshot.clone(), files, session));
        catalog.register_schema("lake", tables).map_err(QueryError::planning)?;
        context.register_catalog("tenor", Arc::new(catalog));
        for function in crate::functions::all() {
            context.register_udf(function);
        }
        let planner = Planner { context, names: Arc::new(Names::new(crate::tables::column_names())) };
        Ok(Self { planner, snapshot: Arc::new(snapshot.clone()), options: options.clone() })
    }

    /// Answers one SQL statement, row by row as they come.
    ///
    /// # Errors
    /// When it is not one question that makes sense; while rows come, when it fails on its way.
    pub async fn sql(&self, text: &str) -> Result<Rows, QueryError> {
        let text = text.to_owned();
        self.ask(move |planner| planner.statement(&text)).await
    }

    /// The periods it answers about.
    #[must_use]
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// The same, for a plan to keep.
    pub(crate) fn snapshot_shared(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshot)
    }

    /// The same engine over one of its periods alone.
    pub(crate) fn of(&self, period: &HeldPeriod) -> Result<Self, QueryError> {
        Self::open(&Snapshot { periods: vec![period.clone()] }, &self.options)
    }

    /// Plans a question on a deep stack, since trees of expressions are walked by recursion many times over, and runs it.
    pub(crate) async fn ask<F>(&self, plan: F) -> Result<Rows, QueryError>
    where
        F: FnOnce(&Planner) -> Result<DataFrame, QueryError> + Send + 'static,
    {
        Ok(self.ask_telling(|planner| Ok((plan(planner)?, ()))).await?.0)
    }

    /// The same, with something that was learnt while planning.
    pub(crate) async fn ask_telling<F, T>(&self, plan: F) -> Result<(Rows, T), QueryError>
    where
        F: FnOnce(&Planner) -> Result<(DataFrame, T), QueryError> + Send + 'static,
        T: Send + 'static,
    {
        let (planner, runtime) = (self.planner.clone(), Handle::current());
        let session = self.planner.context.clone();
        let (done, plans) = tokio::sync::oneshot::channel();
        let work = move || {
            let planned = plan(&planner).and_then(|(frame, learnt)| {
                let tasks = Arc::new(frame.task_ctx());
                Ok((runtime.block_on(frame.create_physical_plan()).map_err(QueryError::planning)?, tasks, learnt))
            });
            // When nobody waits for the plan any more, there is nobody to tell.
            let _ = done.send(planned);
        };
        std::thread::Builder::new().stack_size(PLANNER_STACK_BYTES).spawn(work).map_err(|source| QueryError::NoThread { source })?;
        let (plan, tasks, learnt) = plans.await.map_err(|_| QueryError::PlannerPanicked)??;
        let memory_bytes_max = self.options.memory_bytes_max;
        let stream = execute_stream(plan, tasks).map_err(|error| QueryError::running(error, memory_bytes_max))?;
        Ok((Rows::new(stream, memory_bytes_max, session), learnt))
    }
}

/// Makes plans of questions. Its methods block, and belong on the planner's own thread.
#[derive(Clone)]
pub(crate) struct Planner {
    context: SessionContext,
    names: Arc<Names>,
}

impl Planner {
    /// The plan of an SQL statement.
    fn statement(&self, text: &str) -> Result<DataFrame, QueryError> {
        let statement = Statement::Statement(Box::new(sql::statement(text, &self.names)?));
        let state = self.context.state();
        let plan = block_on(state.statement_to_plan(statement)).map_err(QueryError::planning)?;
        let nothing_else = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
        nothing_else.verify_plan(&plan).map_err(|_| QueryError::NotAQuestion { what: plan.display().to_string() })?;
        Ok(DataFrame::new(state, plan))
    }

    /// One of the lake's tables.
    pub(crate) fn table(&self, name: &str) -> Result<DataFrame, QueryError> {
        block_on(self.context.table(name)).map_err(QueryError::planning)
    }

    /// A condition a person wrote, parsed.
    pub(crate) fn parsed(&self, condition: &str) -> Result<ast::Expr, QueryError> {
        sql::expression(condition, &self.names)
    }

    /// A parsed condition over the columns of `schema`.
    pub(crate) fn condition(&self, condition: ast::Expr, schema: &DFSchema) -> Result<Expr, QueryError> {
        let condition = ast::ExprWithAlias { expr: condition, alias: None };
        self.context.state().create_logical_expr_from_sql_expr(condition, schema).map_err(QueryError::planning)
    }

    /// Which of these payers and periods may have charges that meet a condition.
    pub(crate) fn partitions_passing(&self, condition: Expr, partitions: &[[String; 2]]) -> Result<Vec<bool>, QueryError> {
        let conditions: Vec<_> = split_conjunction_owned(condition).into_iter().map(unnormalize_col).collect();
        passing(&self.context.state(), &conditions, partitions).map_err(QueryError::planning)
    }
}

/// Finding tables and planning statements wait for nothing but this thread.
fn block_on<T>(work: impl Future<Output = T>) -> T {
    futures::executor::block_on(work)
}

fn runtime(options: &Options, files: &Arc<LakeFiles>) -> Result<Arc<RuntimeEnv>, DataFusionError> {
    let build = |mode| {
        RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(FairSpillPool::new(options.memory_bytes_max)))
            .with_disk_manager_builder(DiskManagerBuilder::default().with_mode(mode))
            .with_object_store_registry(Arc::new(OnlyTheLake::new(Arc::clone(files))))
            .build_arc()
    };
    let folder = options.spill_folder.clone().map(|folder| DiskManagerMode::Directories(vec![folder]));
    let in_folder = folder.map(build);
    // A lake on a read-only disk can still be asked.
    in_folder.and_then(Result::ok).map_or_else(|| build(DiskManagerMode::OsTmpDirectory), Ok)
}

fn session(options: &Options, runtime: Arc<RuntimeEnv>) -> SessionState {
    let mut config = SessionConfig::new()
        .with_default_catalog_and_schema("tenor", "lake")
        .with_create_default_catalog_and_schema(false)
        .with_information_schema(true)
        .with_target_partitions(options.threads.max(1));
    let settings = config.options_mut();
    // Names are resolved before planning, in `sql::names`.
    settings.sql_parser.enable_ident_normalization = false;
    // `BilledCost * 1.1` stays exact.
    settings.sql_parser.parse_float_as_decimal = true;
    settings.execution.parquet.pushdown_filters = true;
    settings.execution.parquet.reorder_filters = true;
    SessionStateBuilder::new()
        .with_config(config)
        .with_runtime_env(runtime)
        .with_expr_planners(SessionStateDefaults::default_expr_planners())
        .with_scalar_functions(SessionStateDefaults::default_scalar_functions())
        .with_higher_order_functions(SessionStateDefaults::default_higher_order_functions())
        .with_aggregate_functions(SessionStateDefaults::default_aggregate_functions())
        .with_window_functions(SessionStateDefaults::default_window_functions())
        .with_table_function_list(SessionStateDefaults::default_table_functions())
        .build()
}
